import PageTables

// hugetlbfs: a pool of huge pages that is set apart, promised at mmap, and never swapped out (mm/hugetlb.c).

extension Machine {
  /// Makes the pool as large as asked, as far as blocks are free and pages unused (`vm.nr_hugepages`); how
  /// large it is then.
  @discardableResult
  public mutating func resizeHugePagePool(to count: Int) -> Int {
    guard hasHugePages else { return 0 }
    while hugePages.totalCount < count,
      let first = frames.allocate(order: hugePageOrder, kind: .hugePage)
    {
      for place in 0..<hugePageCount {
        frames.describe(first &+ place, kind: .hugePage, index: place)
        frames[first &+ place].flags.insert(.unevictable)
      }
      hugePages.free.append(first)
      hugePages.totalCount += 1
    }
    while hugePages.totalCount > max(0, count), hugePages.free.count > hugePages.reservedCount,
      let first = hugePages.free.popLast()
    {
      for frame in first..<first &+ hugePageCount { frames.free(frame, order: 0) }
      hugePages.totalCount -= 1
    }
    return hugePages.totalCount
  }

  /// mmap with MAP_HUGETLB: the length is rounded up to huge pages, which are promised at once (unless
  /// MAP_NORESERVE); ENOMEM if the pool has too few.
  mutating func mapFixedHugePages(
    _ task: Task, at hint: UInt64, byteCount: UInt64, rights: AreaFlags, flags: MappingFlags,
    _ space: AddressSpace
  ) -> Int64 {
    let mask = hugePageByteCount &- 1
    guard hasHugePages, flags.contains(.anonymous), !flags.contains(.growsDown) else {
      return SystemError.invalid.result
    }
    let (rounded, wraps) = byteCount.addingReportingOverflow(mask)
    let length = rounded & ~mask
    guard !wraps, length <= userEnd, length <= userEnd &- mask else { return SystemError.noMemory.result }
    let start: UInt64
    if flags.contains(.fixed) || flags.contains(.fixedNoReplace) {
      guard hint & mask == 0 else { return SystemError.invalid.result }
      guard hint <= userEnd, length <= userEnd &- hint else { return SystemError.noMemory.result }
      if flags.contains(.fixedNoReplace), let area = space.firstArea(endingBehind: hint),
        area.start < hint &+ length
      {
        return SystemError.exists.result
      }
      start = hint
    } else {
      let hole = space.hole(
        of: length &+ mask, below: profile.mmapBase, lowest: 0x1_0000, rules: profile.areaRules)
      guard let hole else { return SystemError.noMemory.result }
      start = (hole &+ mask) & ~mask
    }
    guard !cutsFixedHugePage(start..<start &+ length, of: space) else { return SystemError.invalid.result }
    let count = length / hugePageByteCount
    let reserves = !flags.contains(.noReserve)
    if reserves, UInt64(max(0, hugePages.free.count - hugePages.reservedCount)) < count {
      return SystemError.noMemory.result
    }
    unmap(start..<start &+ length, of: space)
    let file = FileObject(name: "anon_hugepage", kind: .hugePages, byteCount: length, isKept: false)
    if reserves {
      file.reserved = Set(0..<count)
      file.reservingSpace = space.id
      hugePages.reservedCount += Int(count)
    }
    var areaFlags = Self.areaFlags(rights, flags).union(.fixedHugePages)
    areaFlags.remove(.accounted)
    space.insert(Area(start: start, end: start &+ length, flags: areaFlags, file: file, pageOffset: 0))
    space.account(areaFlags, pages: space.pageCount(length))
    if areaFlags.contains(.locked) { space.usage.lockedPages += space.pageCount(length) }
    if flags.contains(.populate) || areaFlags.contains(.locked) {
      locks.downgrade(.mmap(space.id))
      populate(start..<start &+ length, task: task, space: space, ignoresErrors: true)
    }
    return Int64(bitPattern: start)
  }

  /// A fault in such an area (`hugetlb_fault`): SIGBUS when the pool is empty. Linux lets a parent take back
  /// what its children share with it before that; here it gets the signal, too.
  mutating func handleFixed(in area: Area, page: UInt64, isWrite: Bool, space: AddressSpace) -> AreaFault {
    guard let file = area.file else { return .beyondFile }
    let address = page & ~(hugePageByteCount &- 1)
    let number = area.page(at: address, pageSizeBits: pageSizeBits) / hugePageCount
    if let large = largeEntry(for: address, of: space) {
      return handleFixedPresent(large, number, in: area, isWrite: isWrite, space: space)
    }
    guard let slot = makeSlot(for: address, in: space, depth: hugePageDepth) else { return .outOfMemory }
    let isShared = area.flags.contains(.shared)
    var first = isShared ? file.pages[number] : nil
    if first == nil {
      first = takeFixed(number, of: file, for: space, isShared: isShared)
      if let first {
        for frame in first..<first &+ hugePageCount { clear(frame) }
        if isShared { file.pages[number] = first }
      }
    }
    guard let first else { return .beyondFile }
    if !isShared { prepareAnonymousMap(of: area, in: space) }
    mapFixed(first, at: slot, in: area, isWrite: isWrite, space: space)
    space.fixedHugeCount += 1
    return .minor
  }

  private mutating func mapFixed(
    _ first: UInt64, at slot: EntrySlot, in area: Area, isWrite: Bool, space: AddressSpace
  ) {
    for frame in first..<first &+ hugePageCount {
      frames[frame].mapCount += 1
      frames[frame].referenceCount += 1
      if !area.flags.contains(.shared) { frames[frame].flags.insert(.exclusive) }
    }
    space.usage.fixedHugePages += Int64(hugePageCount)
    // `make_huge_pte`: writable at once in a shared area, and for a private write.
    var entry = codec.young(codec.entry(frame: first, rights: area.flags))
    if area.flags.contains(.write), isWrite || area.flags.contains(.shared) {
      entry = codec.writable(codec.dirty(entry))
    }
    lockTable(of: slot, depth: hugePageDepth, site: "hugetlb_no_page")
    setLarge(codec.large(entry), at: slot)
    unlockTable(of: slot, depth: hugePageDepth)
  }

  private mutating func handleFixedPresent(
    _ large: LargeEntry, _ number: UInt64, in area: Area, isWrite: Bool, space: AddressSpace
  ) -> AreaFault {
    let first = codec.frame(of: large.entry)
    guard isWrite, !codec.isWritable(large.entry) else {
      var new = codec.young(large.entry)
      if isWrite { new = codec.dirty(new) }
      setFixed(new, at: large.slot)
      return .minor
    }
    if area.flags.contains(.shared) || frames[first].mapCount == 1 {
      var new = codec.dirty(codec.young(large.entry))
      if area.flags.contains(.write) { new = codec.writable(new) }
      setFixed(new, at: large.slot)
      return .minor
    }
    guard let file = area.file, let copy = takeFixed(number, of: file, for: space, isShared: false) else {
      return .beyondFile
    }
    for place in 0..<hugePageCount {
      self.copy(from: first &+ place, to: copy &+ place)
      counters.copiedPages &+= 1
    }
    setFixed(.none, at: large.slot)
    flush(large.address..<large.address &+ hugePageByteCount, of: space)
    release(fixedHugePage: first, of: space, isShared: false)
    mapFixed(copy, at: large.slot, in: area, isWrite: true, space: space)
    space.fixedHugeCount += 1
    return .minor
  }

  private mutating func setFixed(_ entry: PageEntry, at slot: EntrySlot) {
    lockTable(of: slot, depth: hugePageDepth, site: "hugetlb_fault")
    setLarge(entry, at: slot)
    unlockTable(of: slot, depth: hugePageDepth)
  }

  /// A page of the pool: a promised one, or one that was promised to nobody.
  private mutating func takeFixed(
    _ number: UInt64, of file: FileObject, for space: AddressSpace, isShared: Bool
  ) -> UInt64? {
    let isPromised = file.reserved.contains(number) && (isShared || file.reservingSpace == space.id)
    guard isPromised || hugePages.free.count > hugePages.reservedCount, let first = hugePages.free.popLast()
    else {
      return nil
    }
    if isPromised {
      file.reserved.remove(number)
      hugePages.reservedCount -= 1
    }
    return first
  }

  /// One entry less that maps a page of the pool; it is free again when nobody has it.
  ///
  /// - Parameter isShared: a shared object keeps its pages.
  mutating func release(fixedHugePage first: UInt64, of space: AddressSpace, isShared: Bool) {
    space.fixedHugeCount -= 1
    for frame in first..<first &+ hugePageCount { releaseMapping(of: frame, usage: &space.usage) }
    if frames[first].mapCount == 0, !isShared { hugePages.free.append(first) }
  }

  /// What an area that goes was promised and did not take.
  mutating func releaseReservations(of area: Area, _ space: AddressSpace) {
    guard area.flags.contains(.fixedHugePages), let file = area.file else { return }
    if area.flags.contains(.shared) {
      // Others may still come for a shared object's pages.
      guard file.areaCount <= 1 else { return }
      hugePages.reservedCount -= file.reserved.count
      file.reserved = []
      for first in file.pages.values.sorted() where frames[first].mapCount == 0 {
        hugePages.free.append(first)
      }
      file.pages = [:]
    } else if file.reservingSpace == space.id {
      let first = area.pageOffset / hugePageCount
      let promised = file.reserved.filter { $0 >= first && $0 < first &+ area.byteCount / hugePageByteCount }
      hugePages.reservedCount -= promised.count
      file.reserved.subtract(promised)
    }
  }

  /// Whether a range ends within a huge page of the pool, where no area can end.
  func cutsFixedHugePage(_ range: Range<UInt64>, of space: AddressSpace) -> Bool {
    guard hasHugePages, !hugePages.isUnused else { return false }
    return [range.lowerBound, range.upperBound].contains { edge in
      edge & (hugePageByteCount &- 1) != 0 && space.area(at: edge)?.flags.contains(.fixedHugePages) == true
    }
  }
}

extension HugePagePool {
  var isUnused: Bool { totalCount == 0 }
}

extension AddressSpace {
  func hasFixedHugeAreas(in range: Range<UInt64>) -> Bool {
    areas.contains {
      $0.flags.contains(.fixedHugePages) && $0.start < range.upperBound && $0.end > range.lowerBound
    }
  }
}
