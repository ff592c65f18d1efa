import PageTables

extension Machine {
  /// Moves the entries of a range to another place (`move_page_tables`, `mm/mremap.c`): whole tables where both
  /// ranges allow it, else one by one. Frames, *accessed*, *dirty* and rights stay. Tables are made at the
  /// target wherever the source has one, even an empty one.
  ///
  /// - Returns: false if there was no frame for a table; what was moved stays moved.
  mutating func moveEntries(
    _ range: Range<UInt64>, to target: UInt64, from area: Area, into new: Area, _ space: AddressSpace
  ) -> Bool {
    guard !range.isEmpty else { return true }
    defer { flush(range, of: space) }
    let distance = target &- range.lowerBound
    var address = range.lowerBound &- realignment(range, target, area, new, space)
    let end = range.upperBound
    /// Up to the next table of `depth`, of either place.
    func extent(_ depth: Int) -> UInt64 {
      let span: UInt64 = 1 &<< tableSpanBits[depth]
      let place = address &+ distance
      return min(
        (address & ~(span &- 1)) &+ span &- address, (place & ~(span &- 1)) &+ span &- place, end &- address)
    }
    while address < end {
      if space.hasLargeEntries, largeEntry(for: address, of: space) != nil {
        guard let byteCount = moveLarge(at: address, to: address &+ distance, before: end, space) else {
          return false
        }
        address &+= byteCount
        continue
      }
      guard let depth = firstMissingDepth(for: address, of: space) else {
        // All tables are there.
        guard makeUpperTables(for: address &+ distance, of: space) else { return false }
        let stretch = extent(lastDepth)
        let isWhole = lastDepth > 0 && stretch == 1 &<< tableSpanBits[lastDepth]
        if isWhole, !hasTable(for: address &+ distance, of: space, depth: lastDepth) {
          relinkTable(from: address, to: address &+ distance, depth: lastDepth, of: space)
        } else {
          guard moveOneByOne(address..<address &+ stretch, to: address &+ distance, space) else {
            return false
          }
        }
        address &+= stretch
        continue
      }
      // The target gets a table for each entry of the source that names one, at the level of that entry.
      if depth > 2, makeSlot(for: address &+ distance, in: space, depth: depth - 2) == nil { return false }
      address &+= extent(depth)
    }
    return true
  }

  /// The depth of the highest table that `address` lacks; nil if it lacks none.
  private func firstMissingDepth(for address: UInt64, of space: AddressSpace) -> Int? {
    guard !hasTable(for: address, of: space, depth: lastDepth) else { return nil }
    return (1...max(1, lastDepth)).first { !hasTable(for: address, of: space, depth: $0) }
  }

  private mutating func makeUpperTables(for address: UInt64, of space: AddressSpace) -> Bool {
    lastDepth < 2 || makeSlot(for: address, in: space, depth: lastDepth - 1) != nil
  }

  /// Entries of one table to another, which is made if it is missing.
  private mutating func moveOneByOne(
    _ range: Range<UInt64>, to target: UInt64, _ space: AddressSpace
  ) -> Bool {
    guard makeSlot(for: target, in: space, depth: lastDepth) != nil else { return false }
    var address = range.lowerBound
    while address < range.upperBound {
      let place = target &+ (address &- range.lowerBound)
      guard var from = slot(for: address, root: space.root, depth: lastDepth),
        var to = slot(for: place, root: space.root, depth: lastDepth)
      else { return false }
      let count = min(runCount(from, from: address, below: range.upperBound), to.remainingCount)
      let (old, new) = (from, to)
      lockTables(of: old, new, depth: lastDepth, site: "move_ptes")
      for _ in 0..<count {
        let entry = entry(at: from, depth: lastDepth)
        if !entry.isNone {
          setEntry(.none, at: from, depth: lastDepth)
          setEntry(entry, at: to, depth: lastDepth)
        }
        advance(&from)
        advance(&to)
      }
      unlockTables(of: old, new, depth: lastDepth)
      address &+= count &<< pageSizeBits
    }
    return true
  }

  /// How far before the range the move may begin, so that a whole table goes: if both places have the same
  /// offset in their tables, both areas begin there and nothing else is in the tables before them
  /// (`try_realign_addr`, 6.7).
  private func realignment(
    _ range: Range<UInt64>, _ target: UInt64, _ area: Area, _ new: Area, _ space: AddressSpace
  ) -> UInt64 {
    guard profile.areaRules.realignsMoves, lastDepth > 0 else { return 0 }
    let span: UInt64 = 1 &<< tableSpanBits[lastDepth]
    let offset = range.lowerBound & (span &- 1)
    func isFreeBelow(_ area: Area, _ address: UInt64) -> Bool {
      guard area.start == address else { return false }
      let index = space.firstIndex(endingBehind: address &- offset)
      return index == space.areas.count || space.areas[index].start >= area.start
    }
    guard offset != 0, offset == target & (span &- 1),
      range.upperBound &- range.lowerBound >= span &- offset, isFreeBelow(area, range.lowerBound),
      isFreeBelow(new, target)
    else { return 0 }
    return offset
  }
}
