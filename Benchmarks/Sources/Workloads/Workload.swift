/// One thing that is measured: a loop over an image, and how many units it does.
public struct Workload: Sendable {
  /// What is done, and to which image; the first workload of a group is the others' yardstick.
  public let group: String
  public let name: String
  /// What is counted: leaves, addresses, ranges.
  public let unit: String
  public let unitCount: Int
  /// Does it once; the answer must be the same for all workloads of a group.
  public let run: @Sendable () -> UInt64
  /// Takes back what `run` did, so that it can be done again; not measured.
  public let undo: (@Sendable () -> Void)?

  init(
    _ group: String, _ name: String, unit: String, count: Int, undo: (@Sendable () -> Void)? = nil,
    run: @escaping @Sendable () -> UInt64
  ) {
    self.group = group
    self.name = name
    self.unit = unit
    self.unitCount = count
    self.run = run
    self.undo = undo
  }
}
