/// What the machine has done since boot.
public struct Counters: Hashable, Sendable {
  public var accesses: UInt64 = 0
  /// Page-table walks by the processor, and the entries that they read.
  public var walks: UInt64 = 0
  public var walkedEntries: UInt64 = 0
  /// Faults by what they came to.
  public var minorFaults: UInt64 = 0
  public var majorFaults: UInt64 = 0
  public var signals: UInt64 = 0
  /// Faults in the kernel's half, and the top-level entries that they copied.
  public var vmallocFaults: UInt64 = 0
  public var copiedKernelEntries: UInt64 = 0
  /// Top-level entries that the kernel copied without a fault (sync to all roots, at a switch).
  public var synchronisedKernelEntries: UInt64 = 0
  public var copiedPages: UInt64 = 0
  public var zeroedPages: UInt64 = 0
  public var switches: UInt64 = 0
  public var interprocessorFlushes: UInt64 = 0

  public init() {}
}
