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
  /// Pages read from swap and written to it, and changed pages of files that were written back.
  public var swappedIn: UInt64 = 0
  public var swappedOut: UInt64 = 0
  public var writtenBack: UInt64 = 0
  /// Pages that the clock's hand looked at, and that it took.
  public var scannedPages: UInt64 = 0
  public var reclaimedPages: UInt64 = 0
  /// Allocations that had to take pages away first.
  public var directReclaims: UInt64 = 0
  public var outOfMemoryKills: UInt64 = 0
  /// Huge pages that a fault brought, that were split into small ones, and that were made of small ones.
  public var hugeFaults: UInt64 = 0
  public var hugeSplits: UInt64 = 0
  public var hugeCollapses: UInt64 = 0
  /// Roots that a synchronisation of the kernel's half looked at, once for each entry where it goes entry by
  /// entry.
  public var visitedRoots: UInt64 = 0

  public init() {}
}
