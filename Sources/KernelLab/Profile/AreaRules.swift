/// The rules of areas and faults that changed between kernels.
///
/// Each was found by running the same random programs on the kernels named; in which release between them a
/// rule changed is not established.
public struct AreaRules: Hashable, Sendable {
  /// MADV_DONTNEED frees page tables whose whole span it empties (6.18, not 6.12).
  public var reclaimsTables: Bool
  /// An area that was never written may take one that was as its neighbour (6.18, not 6.12).
  public var mergesUnfaulted: Bool
  /// A private area made read-only before its first write is no longer accounted (6.12, not 6.1).
  public var dropsAccounting: Bool
  /// The alignment that mmap gives to areas that are multiples of it, in pages; 0 for none (6.12, not 6.1).
  public var mmapAlignmentPages: UInt64
  /// mmap merges with the following area first (6.1, not 6.12).
  public var mergesWithNextFirst: Bool
  /// mremap with equal lengths moves several areas, and checks before it unmaps (6.18, not 6.12).
  public var movesSeveralAreas: Bool
  /// VmLck counts a locked area twice that was moved and stays mapped, MREMAP_DONTUNMAP (6.18; neither 6.12 nor
  /// 7.2).
  public var countsMovedLockTwice: Bool
  /// Of a locked area of which a part is moved and stays mapped, that part alone is unlocked (7.2, not 6.18).
  public var unlocksMovedPart: Bool = false
  /// What MREMAP_DONTUNMAP moves does not become one area with what it leaves (7.2, not 6.18).
  public var separatesMoved: Bool = false
  /// A move that starts inside a page table takes the whole table if nothing else is in it (6.12, not 6.1).
  public var realignsMoves: Bool
  /// mprotect makes a huge page that nobody else has writable at once, as it does small ones (6.12, not 6.1).
  public var unprotectsHugePages: Bool = true
  /// pagemap says of each page of a huge one whether others map it; else of the first, for all (6.12; neither 6.1
  /// nor 6.18).
  public var showsSharersByPage: Bool = false
  /// MADV_POPULATE_* goes on behind holes (6.1, not 6.12).
  public var populatesBehindHoles: Bool
  /// An area that touches the break's range is shown as the heap (6.1, not 6.12).
  public var heapTouches: Bool
  /// Transparent huge pages are built in: MADV_HUGEPAGE is known.
  public var hasTransparentHugePages: Bool
  /// Where a fault brings a huge page at once (`/sys/kernel/mm/transparent_hugepage/enabled`).
  public var hugePagePolicy: HugePagePolicy = .advised
  /// The stack's limit in pages (RLIMIT_STACK).
  public var stackLimitPages: UInt64
  /// The gap below an area that grows downwards, in pages (`stack_guard_gap`).
  public var stackGapPages: UInt64
  /// How many pages a read fault of a file maps at once (`fault_around_bytes`).
  public var faultAroundPages: UInt64
  /// When a private page is written in place after a fork.
  public var copyOnWriteReuse: CopyOnWriteReuse = .exclusive

  /// The rules of 6.18.
  public static var linux6v18: AreaRules {
    AreaRules(
      reclaimsTables: true, mergesUnfaulted: true, dropsAccounting: true, mmapAlignmentPages: 512,
      mergesWithNextFirst: false, movesSeveralAreas: true, countsMovedLockTwice: true, realignsMoves: true,
      populatesBehindHoles: false, heapTouches: false, hasTransparentHugePages: true, stackLimitPages: 2048,
      stackGapPages: 256, faultAroundPages: 16)
  }

  /// The rules of 7.2.
  public static var linux7v2: AreaRules {
    var rules = linux6v18
    rules.countsMovedLockTwice = false
    rules.unlocksMovedPart = true
    rules.separatesMoved = true
    return rules
  }

  /// The rules of 6.12.
  public static var linux6v12: AreaRules {
    var rules = linux6v18
    rules.reclaimsTables = false
    rules.mergesUnfaulted = false
    rules.movesSeveralAreas = false
    rules.countsMovedLockTwice = false
    rules.showsSharersByPage = true
    return rules
  }

  /// The rules of 6.1.
  public static var linux6v1: AreaRules {
    var rules = linux6v12
    rules.dropsAccounting = false
    rules.mmapAlignmentPages = 0
    rules.mergesWithNextFirst = true
    rules.realignsMoves = false
    rules.unprotectsHugePages = false
    rules.showsSharersByPage = false
    rules.populatesBehindHoles = true
    rules.heapTouches = true
    return rules
  }
}
