/// What an enumeration carries along: how far it may go, and the tables that it is inside of.
@frozen @usableFromInline
struct EnumerationProgress: Sendable {
  @usableFromInline let tableLimit: Int
  @usableFromInline var summary: EnumerationSummary
  /// The tables that are being looked at, by depth; what is below the current depth is out of date.
  @usableFromInline var path: InlineArray<6, UInt64>

  @inlinable
  init(tableLimit: Int) {
    self.tableLimit = tableLimit
    summary = EnumerationSummary(tableCount: 0, isComplete: true)
    path = InlineArray(repeating: .max)
  }

  /// Counts a table, and remembers that it is being looked at.
  @inlinable @inline(__always)
  mutating func enter(_ position: TablePosition) {
    summary.tableCount &+= 1
    path.replaceElement(at: position.depth, with: position.table.rawValue)
  }

  /// Whether `table` is one of the tables above `depth`.
  @inlinable @inline(__always)
  func isAncestor(_ table: PhysicalAddress, of depth: Int) -> Bool {
    var above = 0
    while above < depth {
      if path.element(at: above, filler: .max) == table.rawValue { return true }
      above &+= 1
    }
    return false
  }
}
