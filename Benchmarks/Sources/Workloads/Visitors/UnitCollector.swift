import PageTables

/// Gathers the tables of one level instead of entering them: units of work for several threads.
struct UnitCollector: TableVisitor {
  let depth: Int
  private(set) var units: [TablePosition] = []

  init(depth: Int) { self.depth = depth }

  mutating func shouldEnter(_ position: TablePosition) -> Bool {
    guard position.depth == depth else { return true }
    units.append(position)
    return false
  }

  mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition) {}
  mutating func visitEntry(
    _ entry: UInt64, ruleIndex: Int, first: VirtualAddress, last: VirtualAddress, position: TablePosition
  ) {}
  mutating func visitStop(first: VirtualAddress, last: VirtualAddress, reason: StopReason, depth: Int) {}
}
