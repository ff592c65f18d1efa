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
  /// Interrupts to other CPUs for a flush, and flushes that the processor carries to all CPUs by itself.
  public var interprocessorFlushes: UInt64 = 0
  public var broadcastFlushes: UInt64 = 0
  /// Flushes that a CPU in lazy TLB mode was not interrupted for.
  public var deferredFlushes: UInt64 = 0
  /// Loads of a page-table root, and those of them that forgot translations.
  public var rootLoads: UInt64 = 0
  public var flushingRootLoads: UInt64 = 0
  /// Flushes of single pages, and of a whole space, by CPU.
  public var pageFlushes: UInt64 = 0
  public var spaceFlushes: UInt64 = 0
  /// Times that all ASIDs were given and the next generation began.
  public var asidRollovers: UInt64 = 0
  /// Purges of freed vmalloc areas, each with one flush.
  public var vmallocPurges: UInt64 = 0
  /// Roots that a synchronisation of the kernel's half looked at, once for each entry where it goes entry by
  /// entry.
  public var visitedRoots: UInt64 = 0

  public init() {}
}
