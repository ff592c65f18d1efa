import PageTables

extension Machine {
  /// Brings the pages of a range as accesses would (`__mm_populate`, `mm/gup.c`): private writable areas are
  /// written, all others read. Holes are passed over.
  ///
  /// - Parameter ignoresErrors: go on with the next area where one cannot be populated.
  /// - Returns: 0, or a negative error number.
  @discardableResult
  mutating func populate(
    _ range: Range<UInt64>, task: Task, space: AddressSpace, ignoresErrors: Bool
  ) -> Int64 {
    var address = range.lowerBound
    while address < range.upperBound {
      guard let area = space.firstArea(endingBehind: address), area.start < range.upperBound else { break }
      address = max(address, area.start)
      let end = min(range.upperBound, area.end)
      if !area.flags.contains(.lockedOnFault) {
        let result = bring(
          address..<end, in: area, isWrite: area.flags.intersection([.write, .shared]) == .write,
          isForced: area.flags.intersects(.anyAccess), task: task, space: space)
        if result != 0, !ignoresErrors { return result }
      }
      address = end
    }
    return 0
  }

  /// Brings pages of one area (`get_user_pages` with FOLL_TOUCH); 0 or a negative error number. It ends at the
  /// first page that cannot be had.
  ///
  /// - Parameter isForced: whatever the area's rights are, if it has any.
  mutating func bring(
    _ range: Range<UInt64>, in area: Area, isWrite: Bool, isForced: Bool, task: Task, space: AddressSpace
  ) -> Int64 {
    if isWrite {
      guard area.flags.contains(.write) || isForced && !area.flags.contains(.shared) else {
        return SystemError.badAddress.result
      }
    } else if !area.flags.contains(.read), !isForced {
      return SystemError.badAddress.result
    }
    var address = range.lowerBound
    while address < range.upperBound {
      // A write to a page of zeros takes one fault; two are more than enough.
      for _ in 0..<4 {
        if let slot = slot(for: address, root: space.root, depth: lastDepth) {
          let entry = entry(at: slot, depth: lastDepth)
          if codec.isPresent(entry), !isWrite || codec.isWritable(entry) {
            // The frame learns of the write that the entry does not know (FOLL_TOUCH, `follow_page_pte`).
            if isWrite, !codec.isDirty(entry) { frames[codec.frame(of: entry)].flags.insert(.dirty) }
            break
          }
        } else if let large = largeEntry(for: address, of: space)?.entry {
          if codec.isPresent(large), !isWrite || codec.isWritable(large) { break }
        }
        switch count(handleFault(in: area, at: address, isWrite: isWrite, space: space), for: task) {
        case .minor, .major: break
        case .beyondFile: return SystemError.badAddress.result
        case .outOfMemory:
          // A victim ends by itself, on its own CPU: not with what is held here.
          let aside = locks.setAside(.mmap(space.id))
          defer { locks.take(back: aside) }
          guard recoversFromOutOfMemory(task) else { return SystemError.noMemory.result }
        }
      }
      address &+= pageByteCount
    }
    return 0
  }
}
