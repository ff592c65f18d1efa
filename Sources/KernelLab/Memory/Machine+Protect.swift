import PageTables

extension Machine {
  /// Gives a range other rights (`mprotect`). At a hole it ends with ENOMEM; what lies before stays changed.
  @discardableResult
  public mutating func mprotect(
    _ task: Task, at start: UInt64, byteCount: UInt64, rights: AreaFlags
  ) -> Int64 {
    guard let space = task.space else { return SystemError.noProcess.result }
    let mask = pageByteCount &- 1
    guard start & mask == 0 else { return SystemError.invalid.result }
    guard byteCount != 0 else { return 0 }
    let (rounded, wraps) = byteCount.addingReportingOverflow(mask)
    let (end, wrapsToo) = start.addingReportingOverflow(rounded & ~mask)
    guard !wraps, !wrapsToo, end > start else { return SystemError.noMemory.result }
    guard rights.subtracting(.anyAccess).isEmpty, !cutsFixedHugePage(start..<end, of: space) else {
      return SystemError.invalid.result
    }
    locks.acquire(.mmap(space.id), site: "do_mprotect_pkey")
    defer { locks.release(.mmap(space.id)) }
    var address = start
    while true {
      guard let area = space.firstArea(endingBehind: address), area.start <= address else {
        return SystemError.noMemory.result
      }
      let part = address..<min(area.end, end)
      protect(part, of: area, rights: rights, task: task, space: space)
      address = part.upperBound
      if address >= end { return 0 }
    }
  }

  /// `mprotect_fixup`, 6.1 to 6.18.
  private mutating func protect(
    _ part: Range<UInt64>, of area: Area, rights: AreaFlags, task: Task, space: AddressSpace
  ) {
    let old = area.flags
    var new = old.subtracting(.anyAccess).union(rights)
    guard new != old else { return }
    if new.contains(.write) {
      if !old.intersects([.accounted, .write, .shared, .noReserve]) { new.insert(.accounted) }
    } else if profile.areaRules.dropsAccounting, old.contains(.accounted), area.file == nil,
      area.anonymousMap == nil
    {
      new.remove(.accounted)
    }
    splitLarge(atEdgesOf: part, of: space)
    let changed = space.modify(area, part, flags: new, rules: profile.areaRules)
    let pages = space.pageCount(part.upperBound &- part.lowerBound)
    space.account(old, pages: -pages)
    space.account(new, pages: pages)
    changeEntries(part, of: changed, space: space)
    if old.intersection([.write, .shared, .locked]) == .locked, new.contains(.write) {
      populate(part, task: task, space: space, ignoresErrors: true)
    }
  }

  /// Rewrites the entries of a part of an area for its rights, *accessed* and *dirty* kept
  /// (`change_pte_range`, `can_change_pte_writable`).
  private mutating func changeEntries(_ part: Range<UInt64>, of area: Area, space: AddressSpace) {
    let isShared = area.flags.contains(.shared)
    let mayWrite = area.flags.contains(.write)
    let isFileTold = area.file?.kind == .disk
    let takesExclusive = profile.areaRules.copyOnWriteReuse == .exclusive
    if space.hasLargeEntries { changeLarge(part, of: area, space: space) }
    var address = part.lowerBound
    while var slot = nextSlot(from: &address, below: part.upperBound, root: space.root, depth: lastDepth) {
      let count = runCount(slot, from: address, below: part.upperBound)
      let table = slot
      lockTable(of: table, depth: lastDepth, site: "change_pte_range")
      for _ in 0..<count {
        let entry = entry(at: slot, depth: lastDepth)
        if !entry.isNone, codec.isPresent(entry) {
          var new = codec.modified(entry, rights: area.flags)
          let frame = codec.frame(of: entry)
          if mayWrite {
            let isWritable =
              isShared
              ? !isFileTold || codec.isDirty(entry)
              : takesExclusive && frame != zeroFrame && frames.isRAM(frame)
                && frames[frame].kind == .anonymous
                && frames[frame].flags.contains(.exclusive)
            if isWritable { new = codec.writable(new) }
          }
          if new != entry { setEntry(new, at: slot, depth: lastDepth) }
        }
        advance(&slot)
      }
      unlockTable(of: table, depth: lastDepth)
      address &+= count &<< pageSizeBits
    }
    flush(part, of: space)
  }
}
