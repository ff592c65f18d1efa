import PageTables

extension Machine {
  /// The slot at `depth` for the first address at or behind `address`, and below `end`, that has a table
  /// there; moves `address` to it. Nil if there is none.
  ///
  /// - Complexity: one load for each level and each empty entry that is passed over.
  @inline(__always)
  func nextSlot(
    from address: inout UInt64, below end: UInt64, root: PageTableRoot, depth target: Int
  ) -> EntrySlot? {
    while address < end {
      guard let region = region(of: address) else { return nil }
      var table = root[region.root].rawValue
      var depth = Int(region.firstDepth)
      var indexBits = region.firstIndexBits
      while true {
        let geometry = geometries[depth]
        let count: UInt64 = 1 &<< UInt64(indexBits)
        let index = (address &>> UInt64(geometry.shift)) & (count &- 1)
        let place = table &+ (index &<< UInt64(geometry.entrySizeBits))
        if depth >= target { return EntrySlot(address: place, remainingCount: count &- index) }
        let entry = load(place, geometry)
        if geometry.isTable(entry) {
          table = geometry.tableAddress(entry)
          depth &+= 1
          indexBits = geometries[depth].indexBits
          continue
        }
        let span: UInt64 = 1 &<< UInt64(geometry.shift)
        let (next, wraps) = (address & ~(span &- 1)).addingReportingOverflow(span)
        guard !wraps, next < end else { return nil }
        address = next
        if index &+ 1 == count { break }
      }
    }
    return nil
  }

  /// How many entries of the run at `slot` lie between `address` and `end`.
  @inline(__always)
  func runCount(_ slot: EntrySlot, from address: UInt64, below end: UInt64) -> UInt64 {
    min(slot.remainingCount, ((end &- address) &+ (pageByteCount &- 1)) &>> pageSizeBits)
  }

  /// The slot of the next page of the same table.
  @inline(__always)
  func advance(_ slot: inout EntrySlot) {
    slot.address &+= 1 &<< UInt64(geometries[lastDepth].entrySizeBits)
    slot.remainingCount &-= 1
  }

  /// Whether a table of `depth` serves `address`.
  func hasTable(for address: UInt64, of space: AddressSpace, depth: Int) -> Bool {
    table(at: depth, serving: address, root: space.root) != nil
  }
}
