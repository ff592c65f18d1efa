/// What `LabMatrix` lets every machine do: processes are made and run, some of them sleep from then on; a thread
/// of the kernel makes a large vmalloc area; the others run again; one more process is made; then all read the
/// area in kernel mode.
public struct LabWorkload: Hashable, Sendable {
  /// Processes that are made before the area.
  public var processCount: Int
  /// Those of them that do not run again before the end.
  public var sleeperCount: Int
  /// The late area's size, and that of one that is there before the processes, as drivers have at boot.
  public var byteCount: UInt64
  public var earlyByteCount: UInt64

  public init(
    processCount: Int = 6, sleeperCount: Int = 3, byteCount: UInt64 = 8 << 20,
    earlyByteCount: UInt64 = 64 << 10
  ) {
    self.processCount = processCount
    self.sleeperCount = sleeperCount
    self.byteCount = byteCount
    self.earlyByteCount = earlyByteCount
  }

  func validate() throws(MachineError) {
    guard (1...1000).contains(processCount), (0...processCount).contains(sleeperCount) else {
      throw .badArgument(
        "\(processCount) processes of which \(sleeperCount) sleep: 1 to 1000, and no more sleepers")
    }
  }
}
