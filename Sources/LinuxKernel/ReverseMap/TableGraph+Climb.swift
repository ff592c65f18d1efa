import PageTables

extension TableGraph {
  /// A range of addresses; the last is inclusive.
  struct Stretch: Hashable, Sendable {
    var first: UInt64
    var last: UInt64
  }

  /// What something in a table serves, and in which address space.
  struct Place: Sendable {
    var stretch: Stretch
    var root: Root
  }

  /// Goes from `offset` in `table` up to every top table, and tells where in which address space one ends up.
  ///
  /// - Parameters:
  ///   - byteCount: how much is asked about from there on; at least 1, or 0 for 2⁶⁴.
  ///   - budget: how many tables may be looked at; reduced by those that were. At 0 the climb ends early.
  func climb(
    from table: Int, offset: UInt64, byteCount: UInt64, budget: inout Int, _ body: (Place) -> Void
  ) {
    guard budget > 0 else { return }
    budget -= 1
    for root in roots[table] ?? [] {
      let region = format.region(root.region)
      let first = root.base &+ offset
      let last = first &+ (byteCount &- 1)
      // A top table that two regions share has entries that are only one of them's.
      guard first <= last, last >= region.first.rawValue, first <= region.last.rawValue else { continue }
      body(
        Place(
          stretch: Stretch(
            first: max(first, region.first.rawValue), last: min(last, region.last.rawValue)),
          root: root))
    }
    let above = spans.depth(of: table) - 1
    guard above >= 0 else { return }
    let shift = UInt64(format.geometry(above).shift)
    for link in links(to: table) {
      climb(
        from: Int(link.parent), offset: offset &+ UInt64(link.index) &<< shift, byteCount: byteCount,
        budget: &budget, body)
    }
  }

  /// Hands the tables that lie in the bytes from `first` to `last`, wholly or in part, to `body`.
  func forEachTable(from first: UInt64, through last: UInt64, _ body: (Int) -> Void) {
    for depth in levelStarts.indices {
      let tables = tables(at: depth)
      let entrySizeBits = format.geometry(depth).entrySizeBits
      let largest = MappingRun.entryLimit << Int(entrySizeBits)
      let from = first < UInt64(largest) ? 0 : first - UInt64(largest)
      // The tables of a level are in the order of their addresses.
      var low = tables.partitioningIndex { nodes[$0].address >= from }
      while low < tables.upperBound, nodes[low].address <= last {
        let byteCount: UInt64 = 1 &<< UInt64(entrySizeBits &+ nodes[low].indexBits)
        if nodes[low].address &+ (byteCount - 1) >= first { body(low) }
        low += 1
      }
    }
  }
}
