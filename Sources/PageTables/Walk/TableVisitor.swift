/// What an enumeration tells, in address order. Every address of the enumerated range is told of exactly
/// once, by one of the calls.
///
/// The last level's entries come a whole table at a time: who wants speed works on the table, not on the
/// entry.
public protocol TableVisitor {
  /// Whether to look into the table at `position`. What is declined is not told of.
  mutating func shouldEnter(_ position: TablePosition) -> Bool

  /// Entries `firstIndex` and up of a last-level table; `bytes` holds just those that were asked for.
  mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition)

  /// A leaf above the last level, or an entry there that stops the walk. The addresses are those of the
  /// enumerated range that the entry translates.
  mutating func visitEntry(
    _ entry: UInt64, ruleIndex: Int, first: VirtualAddress, last: VirtualAddress, position: TablePosition)

  /// A range that no entry answers: not canonical, unreadable, a loop, beyond the limit, or a table that holds
  /// nothing and was entered before.
  mutating func visitStop(first: VirtualAddress, last: VirtualAddress, reason: StopReason, depth: Int)
}

extension TableVisitor {
  @inlinable public mutating func shouldEnter(_ position: TablePosition) -> Bool { true }
}
