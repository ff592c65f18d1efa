/// Where a table, or a run of its entries, lies in the space that is being enumerated.
@frozen
public struct TablePosition: Sendable, BitwiseCopyable {
  /// The table's level, counted from the format's top.
  public var depth: Int
  public var table: PhysicalAddress
  /// The address that entry 0 of the table translates.
  public var base: VirtualAddress
  /// How many address bits choose an entry of this table.
  public var indexBits: UInt8
  /// What the levels above allow.
  public var access: Access

  @inlinable
  public init(depth: Int, table: PhysicalAddress, base: VirtualAddress, indexBits: UInt8, access: Access) {
    self.depth = depth
    self.table = table
    self.base = base
    self.indexBits = indexBits
    self.access = access
  }
}

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

/// How an enumeration went.
@frozen
public struct EnumerationSummary: Hashable, Sendable {
  /// Tables that were entered, each as often as it was reached; one that holds nothing perhaps less often.
  public var tableCount: Int
  /// Whether every table that was reached could be read and followed.
  public var isComplete: Bool

  @inlinable public init(tableCount: Int, isComplete: Bool) {
    self.tableCount = tableCount
    self.isComplete = isComplete
  }
}
