import PageTables

extension Machine {
  /// One pass of khugepaged over all processes: small pages become huge ones where that is allowed and worth it
  /// (`khugepaged_scan_mm_slot`, `mm/khugepaged.c`, 6.1). How many huge pages were made.
  ///
  /// Linux looks at 4096 pages every ten seconds; here one pass looks at all. Pages of files and of shared memory
  /// stay small.
  ///
  /// - Complexity: one look at each page that an area can have.
  @discardableResult
  public mutating func runKhugepaged() -> Int {
    guard hasTransparentHugePages, profile.areaRules.hugePagePolicy != .never else { return 0 }
    var count = 0
    for space in liveSpaces {
      locks.acquire(.mmap(space.id), site: "khugepaged")
      for area in space.areas where allowsCollapse(area) {
        count += collapse(area, of: space)
      }
      locks.release(.mmap(space.id))
    }
    return count
  }

  /// `hugepage_vma_check` for khugepaged: a private area that has had an anonymous page, where huge pages are
  /// allowed.
  private func allowsCollapse(_ area: Area) -> Bool {
    guard area.file == nil, area.anonymousMap != nil, !area.flags.intersects([.shared, .noHugePages]) else {
      return false
    }
    return profile.areaRules.hugePagePolicy == .always || area.flags.contains(.hugePages)
  }

  private mutating func collapse(_ area: Area, of space: AddressSpace) -> Int {
    let size = hugePageByteCount
    var count = 0
    var address = (area.start &+ (size &- 1)) & ~(size &- 1)
    while address >= area.start, address < area.end, area.end &- address >= size {
      if isWorthCollapsing(address, of: space), collapseOne(at: address, in: area, space: space) == 0 {
        count += 1
      }
      let (next, wraps) = address.addingReportingOverflow(size)
      if wraps { break }
      address = next
    }
    return count
  }

  /// `hpage_collapse_scan_pmd`: one page at least is writable and one was used; not too many are missing
  /// (`max_ptes_none`: all but one), swapped out (`max_ptes_swap`: an eighth) or mapped by others, too
  /// (`max_ptes_shared`: half); nobody holds one.
  private func isWorthCollapsing(_ address: UInt64, of space: AddressSpace) -> Bool {
    guard largeEntry(for: address, of: space) == nil,
      var slot = slot(for: address, root: space.root, depth: lastDepth)
    else { return false }
    var (missing, swapped, shared, used): (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var isWritable = false
    for _ in 0..<hugePageCount {
      let entry = entry(at: slot, depth: lastDepth)
      let frame = codec.frame(of: entry)
      if swapSlot(of: entry) != nil {
        swapped += 1
      } else if entry.isNone || codec.isPresent(entry) && isZeros(frame) {
        missing += 1
      } else {
        guard codec.isAccessible(entry), frames.isRAM(frame), frames[frame].kind == .anonymous else {
          return false
        }
        let descriptor = frames[frame]
        let isCached = descriptor.flags.contains(.inSwapCache)
        guard descriptor.referenceCount == descriptor.mapCount + (isCached ? 1 : 0) else { return false }
        if descriptor.mapCount > 1 { shared += 1 }
        if codec.isWritable(entry) { isWritable = true }
        if codec.isYoung(entry) || descriptor.flags.contains(.referenced) { used += 1 }
      }
      advance(&slot)
    }
    guard missing < hugePageCount, swapped <= hugePageCount / 8, shared <= hugePageCount / 2 else {
      return false
    }
    return isWritable && used > 0 && (swapped == 0 || used >= hugePageCount / 2)
  }
}
