import PageTables

// Which lock protects the entries of a table, and the paths that take it (`pte_lockptr`, `pmd_lockptr`,
// `include/linux/mm.h`, 6.1).

extension Machine {
  /// Takes the lock of the entries that `slot` is one of (`pte_offset_map_lock`, `pmd_lock`).
  @inline(__always)
  mutating func lockTable(
    of slot: EntrySlot, depth: Int, isNested: Bool = false, site: StaticString = #function
  ) {
    if locks.isChecking { takeLock(ofEntriesAt: slot.address, depth: depth, isNested: isNested, site: site) }
  }

  @inline(never)
  private mutating func takeLock(ofEntriesAt address: UInt64, depth: Int, isNested: Bool, site: StaticString)
  {
    let lock = lock(ofEntriesAt: address, depth: depth)
    locks.acquire(lock, isNested: isNested, site: site)
  }

  @inline(__always)
  mutating func unlockTable(of slot: EntrySlot, depth: Int, site: StaticString = #function) {
    if locks.isChecking { giveBackLock(ofEntriesAt: slot.address, depth: depth, site: site) }
  }

  @inline(never)
  private mutating func giveBackLock(ofEntriesAt address: UInt64, depth: Int, site: StaticString) {
    let lock = lock(ofEntriesAt: address, depth: depth)
    locks.release(lock, site: site)
  }

  /// Takes the locks of two tables, the second within the first (`spin_lock_nested`), or the one lock that they
  /// have.
  mutating func lockTables(
    of first: EntrySlot, _ second: EntrySlot, depth: Int, site: StaticString = #function
  ) {
    guard locks.isChecking else { return }
    lockTable(of: first, depth: depth, site: site)
    if lock(ofEntriesAt: first.address, depth: depth) != lock(ofEntriesAt: second.address, depth: depth) {
      lockTable(of: second, depth: depth, isNested: true, site: site)
    }
  }

  mutating func unlockTables(
    of first: EntrySlot, _ second: EntrySlot, depth: Int, site: StaticString = #function
  ) {
    guard locks.isChecking else { return }
    if lock(ofEntriesAt: first.address, depth: depth) != lock(ofEntriesAt: second.address, depth: depth) {
      unlockTable(of: second, depth: depth, site: site)
    }
    unlockTable(of: first, depth: depth, site: site)
  }

  /// An entry of a process's table is about to be written: its lock must be held. The kernel's own tables have
  /// other rules (pkmap: `kmap_lock`; fixmap: each CPU its own places).
  @inline(never)
  mutating func requireTableLock(at address: UInt64, depth: Int) {
    let frame = address &>> pageSizeBits
    guard frames.isRAM(frame), frames[frame].owner != 0 else { return }
    let lock = lock(ofEntriesAt: address, depth: depth)
    locks.require(lock, site: "set_pte_at")
  }

  /// The lock of the entries of one table: of the last level the table's own; of the level above, too, where the
  /// architecture splits it; else the space's `page_table_lock`.
  func lock(ofEntriesAt address: UInt64, depth: Int) -> Lock {
    let frame = address &>> pageSizeBits
    let space = frames.descriptor(of: frame)?.owner ?? 0
    let isSplit = depth == lastDepth || depth == lastDepth - 1 && splitsUpperTableLocks
    return isSplit ? locks.lock(ofTable: frame, space: space) : .upperTables(space)
  }

  /// `ARCH_ENABLE_SPLIT_PMD_PTLOCK`: x86 with PAE or 64 bits, AArch64, RISC-V with 64 bits; not ARM, and nobody
  /// whose level above the last is the first (the configurations of Debian's 6.1 and 6.12).
  private var splitsUpperTableLocks: Bool {
    guard lastDepth > 1 else { return false }
    switch profile.architecture {
    case .x86, .arm64, .riscv: return true
    case .arm, .alpha: return false
    }
  }

  /// A new table was linked at `depth`: that is done under the lock of the entries it is named by
  /// (`__pte_alloc`, `__pmd_alloc`).
  @inline(never)
  mutating func noteLinking(of depth: Int, for address: UInt64, in space: AddressSpace) {
    guard locks.isChecking, depth > 0, let slot = slot(for: address, root: space.root, depth: depth - 1)
    else {
      return
    }
    lockTable(of: slot, depth: depth - 1, site: "__pte_alloc")
    unlockTable(of: slot, depth: depth - 1, site: "__pte_alloc")
  }

  // MARK: Areas and their pages

  /// What a fault holds while it looks at an area and brings the page: the area's own lock where kernels have
  /// them and nothing else is needed, else mmap_lock for reading.
  ///
  /// Debian's 6.12 has CONFIG_PER_VMA_LOCK on x86, ARM, AArch64 and RISC-V, 6.1 nowhere; files' areas since 6.7.
  /// An area without anon_vma, and a stack that has to grow, need mmap_lock (`lock_vma_under_rcu`).
  func faultLock(at address: UInt64, isWrite: Bool, in space: AddressSpace) -> Lock {
    guard profile.release >= .init(6, 7), let area = space.area(at: address) else { return .mmap(space.id) }
    let needsMap = area.file == nil || isWrite && !area.flags.contains(.shared)
    if needsMap, area.anonymousMap == nil { return .mmap(space.id) }
    return .area(space.id, area.start)
  }

  /// Sees to it that an area has a map for its first anonymous page (`anon_vma_prepare`).
  @inline(__always)
  mutating func prepareAnonymousMap(of area: Area, in space: AddressSpace) {
    if area.anonymousMap == nil { makeAnonymousMap(of: area, in: space) }
  }

  /// `__anon_vma_prepare`: page_table_lock is for faults that do the same for the area at the same time.
  @inline(never)
  private mutating func makeAnonymousMap(of area: Area, in space: AddressSpace) {
    space.prepareAnonymousMap(of: area)
    guard locks.isChecking, let map = area.anonymousMap else { return }
    locks.acquire(.anonymousMap(map.rootNumber), site: "__anon_vma_prepare")
    locks.acquire(.upperTables(space.id), site: "__anon_vma_prepare")
    locks.release(.upperTables(space.id))
    locks.release(.anonymousMap(map.rootNumber))
  }

  /// Locks a page for reclaim, and whoever finds its entries (`folio_trylock`, `folio_lock_anon_vma_read`,
  /// `i_mmap_lock_read`); nil: somebody has the page.
  mutating func lockForReclaim(_ frame: UInt64, _ mappings: [FrameMapping]) -> ReclaimLocks? {
    guard locks.tryAcquire(.page(frame), site: "shrink_folio_list") else { return nil }
    guard locks.isChecking else { return ReclaimLocks() }
    var lock: Lock?
    if frames[frame].kind == .anonymous {
      lock = mappings.first?.area.anonymousMap.map { .anonymousMap($0.rootNumber) }
    } else {
      lock = .fileMappings(frames[frame].owner)
    }
    if let lock { locks.acquire(lock, isShared: true, site: "rmap_walk") }
    return ReclaimLocks(mappings: lock)
  }

  mutating func unlockAfterReclaim(_ frame: UInt64, _ taken: ReclaimLocks) {
    if let lock = taken.mappings { locks.release(lock, site: "rmap_walk") }
    locks.release(.page(frame), site: "shrink_folio_list")
  }
}

/// What reclaim holds of a page beside the page's own lock.
struct ReclaimLocks {
  var mappings: Lock?
}
