public import LinuxKernel

/// Statistics of page tables that may change while they are counted.
public struct SteadyStatistics: Sendable {
  public var statistics: TableStatistics
  /// The processes whose numbers differed each time, or that exited during the last count; the kernel is -1.
  var changes: [Int: TableChange] = [:]
  /// How many processes exited before they were counted for good.
  var exitedCount = 0

  /// Counts until two counts in a row agree, but for a few times only. Who has exited is not counted: tables that
  /// were given back hold somebody else's bytes.
  public init(_ tables: PageTableSet, in source: Source) {
    func count(_ set: PageTableSet) -> TableStatistics {
      TableStatistics(set, ram: source.ram, in: source.memory)
    }
    statistics = count(tables)
    guard source.isRunning else { return }
    var set = tables
    for _ in 0...Source.retryLimit {
      let before = statistics
      let hadAll = set.processes.count
      set.processes.removeAll { !source.stillHas($0) }
      statistics = count(set)
      let numbers = Dictionary(
        before.spaces.map { ($0.pid ?? -1, $0) }, uniquingKeysWith: { first, _ in first })
      changes = [:]
      for space in statistics.spaces where numbers[space.pid ?? -1] != space {
        changes[space.pid ?? -1] = .tables
      }
      if changes.isEmpty, set.processes.count == hadAll { break }
    }
    exitedCount = tables.processes.count - set.processes.count
    for process in set.processes where !source.stillHas(process) { changes[process.pid] = .exited }
  }

  /// What a reader must know of numbers that are of different moments; nil if they are of one.
  public var sentence: String? {
    guard !changes.isEmpty || exitedCount > 0 else { return nil }
    return
      "the system is running: the numbers of \(changes.count) of \(statistics.spaces.count) changed each time that "
      + "they were counted; \(exitedCount) processes exited and are left out"
  }
}
