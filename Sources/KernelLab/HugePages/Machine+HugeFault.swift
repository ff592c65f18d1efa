import PageTables

extension Machine {
  /// A fault where there is no table of the last level (`create_huge_pmd`, `do_huge_pmd_wp_page`,
  /// `mm/huge_memory.c`); nil: small pages will do.
  @inline(never)
  mutating func handleLarge(
    in area: Area, page: UInt64, isWrite: Bool, space: AddressSpace
  ) -> AreaFault? {
    if area.flags.contains(.fixedHugePages) {
      return handleFixed(in: area, page: page, isWrite: isWrite, space: space)
    }
    if let large = largeEntry(for: page, of: space) {
      return handlePresent(large, in: area, page: page, isWrite: isWrite, space: space)
    }
    guard wantsHugePage(area, page) else { return nil }
    return bringHugePage(in: area, page: page, isWrite: isWrite, space: space)
  }

  /// Whether a huge page at `page` fits into a private area, and is wanted there (`thp_vma_allowable_order`).
  private func wantsHugePage(_ area: Area, _ page: UInt64) -> Bool {
    guard hasTransparentHugePages, area.file == nil, !area.flags.intersects([.shared, .noHugePages]) else {
      return false
    }
    switch profile.areaRules.hugePagePolicy {
    case .never: return false
    case .advised: guard area.flags.contains(.hugePages) else { return false }
    case .always: break
    }
    return fits(area, at: page & ~(hugePageByteCount &- 1))
  }

  func fits(_ area: Area, at address: UInt64) -> Bool {
    address >= area.start && address < area.end && area.end &- address >= hugePageByteCount
  }

  /// `do_huge_pmd_anonymous_page`. Without a free block there are small pages: nothing is taken away for one.
  private mutating func bringHugePage(
    in area: Area, page: UInt64, isWrite: Bool, space: AddressSpace
  ) -> AreaFault? {
    let address = page & ~(hugePageByteCount &- 1)
    prepareAnonymousMap(of: area, in: space)
    let first: UInt64?
    if isWrite { first = allocateHuge(in: area, at: address, space: space) } else { first = makeHugeZeros() }
    guard let first else {
      log.add(.decided("no block of frames is free for a huge page"))
      return nil
    }
    guard makeSlot(for: address, in: space, depth: hugePageDepth) != nil,
      let table = makeDeposit(for: address, of: space),
      let slot = slot(for: address, root: space.root, depth: hugePageDepth)
    else {
      if isWrite { giveBack(first) }
      return .outOfMemory
    }
    space.deposits[address] = table
    counters.hugeFaults &+= 1
    if isWrite {
      install(hugePage: first, at: slot, in: area, space: space)
    } else {
      log.add(.decided("the first access reads: the huge page of zeros will do"))
      lockTable(of: slot, depth: hugePageDepth, site: "do_huge_pmd_anonymous_page")
      setLarge(codec.large(codec.young(codec.entry(frame: first, rights: area.flags))), at: slot)
      unlockTable(of: slot, depth: hugePageDepth)
    }
    return .minor
  }

  /// Maps new frames as one huge page: exclusive, young, and writable and dirty if the area may be written.
  mutating func install(hugePage first: UInt64, at slot: EntrySlot, in area: Area, space: AddressSpace) {
    for frame in first..<first &+ hugePageCount {
      frames[frame].mapCount = 1
      frames[frame].flags.insert(.exclusive)
    }
    space.usage.anonymousPages += Int64(hugePageCount)
    var entry = codec.young(codec.entry(frame: first, rights: area.flags))
    if area.flags.contains(.write) { entry = codec.writable(codec.dirty(entry)) }
    lockTable(of: slot, depth: hugePageDepth, site: "do_huge_pmd_anonymous_page")
    setLarge(codec.large(entry), at: slot)
    unlockTable(of: slot, depth: hugePageDepth)
  }

  /// Frames of zeros for a huge page at `address`, each for itself; nil if there is no such block.
  mutating func allocateHuge(in area: Area, at address: UInt64, space: AddressSpace) -> UInt64? {
    guard let first = frames.allocate(order: hugePageOrder, kind: .anonymous) else { return nil }
    let number = area.page(at: address, pageSizeBits: pageSizeBits)
    for place in 0..<hugePageCount {
      frames.describe(first &+ place, kind: .anonymous, owner: space.id, index: number &+ place)
      clear(first &+ place)
      log.add(.allocated(frame: first &+ place, purpose: "huge page"))
    }
    return first
  }

  /// The reference that each frame of a huge page was made with.
  mutating func giveBack(_ first: UInt64) {
    for frame in first..<first &+ hugePageCount { letGo(frame) }
  }

  private mutating func makeHugeZeros() -> UInt64? {
    if let frame = hugePages.zeroFrame { return frame }
    guard let first = frames.allocate(order: hugePageOrder, kind: .zero) else { return nil }
    for frame in first..<first &+ hugePageCount { clear(frame) }
    frames[first].flags.insert(.unevictable)
    hugePages.zeroFrame = first
    return first
  }

  /// Gives the huge page of zeros back, which nobody maps any more (`shrink_huge_zero_page_scan`).
  mutating func dropHugeZeros() {
    guard let first = hugePages.zeroFrame else { return }
    hugePages.zeroFrame = nil
    frames[first].flags.remove(.unevictable)
    frames.free(first, order: hugePageOrder)
  }

  /// A fault at a huge page that is there.
  private mutating func handlePresent(
    _ large: LargeEntry, in area: Area, page: UInt64, isWrite: Bool, space: AddressSpace
  ) -> AreaFault? {
    let range = large.address..<large.address &+ hugePageByteCount
    guard isWrite, !codec.isWritable(large.entry) else {
      var new = codec.young(large.entry)
      if isWrite { new = codec.dirty(new) }
      if new != large.entry { setPresent(new, at: large.slot) }
      return .minor
    }
    let first = codec.frame(of: large.entry)
    if first == hugePages.zeroFrame {
      // `do_huge_zero_wp_pmd`, 6.13; before, the write got one small page.
      if profile.release >= .init(6, 13), let new = allocateHuge(in: area, at: large.address, space: space) {
        setPresent(.none, at: large.slot)
        flush(range, of: space)
        install(hugePage: new, at: large.slot, in: area, space: space)
        return .minor
      }
    } else if (first..<first &+ hugePageCount).allSatisfy({ canReuse($0) }) {
      log.add(.decided("nobody else has the huge page: it is made writable"))
      if profile.areaRules.copyOnWriteReuse == .exclusive {
        for frame in first..<first &+ hugePageCount { frames[frame].flags.insert(.exclusive) }
      }
      var new = codec.dirty(codec.young(large.entry))
      if area.flags.contains(.write) { new = codec.writable(new) }
      setPresent(new, at: large.slot)
      return .minor
    }
    splitLarge(at: page, of: space)
    return handleFault(in: area, at: page, isWrite: isWrite, space: space)
  }

  private mutating func setPresent(_ entry: PageEntry, at slot: EntrySlot) {
    lockTable(of: slot, depth: hugePageDepth, site: "do_huge_pmd_wp_page")
    setLarge(entry, at: slot)
    unlockTable(of: slot, depth: hugePageDepth)
  }
}
