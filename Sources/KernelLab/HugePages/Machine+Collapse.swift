import PageTableEditing
import PageTables

extension Machine {
  /// Makes huge pages of the small ones of a part of an area (MADV_COLLAPSE, 6.1; what khugepaged does by
  /// itself): each whole huge page of it that has a table. Pages that are missing become zeros, those that are
  /// swapped out come back, and those that others have, too, are copied.
  ///
  /// - Returns: 0, or a negative error number: EINVAL where there may be no huge page or is no table,
  ///   ENOMEM without a free block.
  mutating func collapse(_ part: Range<UInt64>, of area: Area, space: AddressSpace) -> Int64 {
    guard hasTransparentHugePages, area.file == nil, !area.flags.intersects([.shared, .noHugePages]) else {
      return SystemError.invalid.result
    }
    let size = hugePageByteCount
    var result: Int64 = 0
    var address = (part.lowerBound &+ (size &- 1)) & ~(size &- 1)
    while address < part.upperBound, part.upperBound &- address >= size {
      let answer = collapseOne(at: address, in: area, space: space)
      if answer != 0 { result = answer }
      let (next, wraps) = address.addingReportingOverflow(size)
      if wraps { break }
      address = next
    }
    return result
  }

  mutating func collapseOne(at address: UInt64, in area: Area, space: AddressSpace) -> Int64 {
    if largeEntry(for: address, of: space) != nil { return 0 }
    guard area.anonymousMap != nil, hasTable(for: address, of: space, depth: lastDepth) else {
      return SystemError.invalid.result
    }
    // Bringing one back may have taken another away.
    guard bringBackSwapped(at: address, in: area, space: space), !hasSwapped(at: address, of: space),
      let first = allocateHuge(in: area, at: address, space: space)
    else { return SystemError.noMemory.result }
    guard var slot = slot(for: address, root: space.root, depth: lastDepth),
      let upper = self.slot(for: address, root: space.root, depth: hugePageDepth)
    else { return SystemError.invalid.result }
    let table = slot
    lockTable(of: table, depth: lastDepth, site: "collapse_huge_page")
    for number in 0..<hugePageCount {
      let entry = entry(at: slot, depth: lastDepth)
      if !entry.isNone, codec.isPresent(entry) {
        let frame = codec.frame(of: entry)
        if !isZeros(frame) {
          copy(from: frame, to: first &+ number)
          counters.copiedPages &+= 1
          releaseMapping(of: frame, usage: &space.usage)
        }
        setEntry(.none, at: slot, depth: lastDepth)
      }
      advance(&slot)
    }
    unlockTable(of: table, depth: lastDepth)
    // The table stays, for the next split.
    let word = load(upper.address, geometries[hugePageDepth])
    space.deposits[address] = geometries[hugePageDepth].tableAddress(word) &>> pageSizeBits
    lockTable(of: upper, depth: hugePageDepth, site: "collapse_huge_page")
    setLarge(.none, at: upper)
    unlockTable(of: upper, depth: hugePageDepth)
    flush(address..<address &+ hugePageByteCount, of: space, freesTables: true)
    install(hugePage: first, at: upper, in: area, space: space)
    counters.hugeCollapses &+= 1
    log.add(.decided("small pages at \(String(address, radix: 16)) become a huge one"))
    return 0
  }

  private func hasSwapped(at address: UInt64, of space: AddressSpace) -> Bool {
    guard var slot = slot(for: address, root: space.root, depth: lastDepth) else { return false }
    for _ in 0..<hugePageCount {
      if swapSlot(of: entry(at: slot, depth: lastDepth)) != nil { return true }
      advance(&slot)
    }
    return false
  }

  /// False if there is no frame for one.
  private mutating func bringBackSwapped(at address: UInt64, in area: Area, space: AddressSpace) -> Bool {
    guard var slot = slot(for: address, root: space.root, depth: lastDepth) else { return true }
    for number in 0..<hugePageCount {
      let entry = entry(at: slot, depth: lastDepth)
      let page = address &+ number &<< pageSizeBits
      if let place = swapSlot(of: entry),
        swapIn(entry, place, at: slot, in: area, page: page, isWrite: false, space: space) == .outOfMemory
      {
        return false
      }
      advance(&slot)
    }
    return true
  }
}
