public import PageTables

/// Looks at a range of an address space again and again, and tells what changed.
///
/// Tables that change while they are read can read as what never was. So every look is two, which must agree; where they
/// still do not after some more, nothing is told of that part until they do.
public struct SpaceWatch: Sendable {
  /// How many ranges and how many tables a range may have: what is watched is kept.
  private static let limit = 1 << 18
  /// How often a look is repeated that does not agree with the one before.
  private static let retryLimit = 3

  public let walker: Walker<PagingFormat>
  public let first: VirtualAddress
  public let last: VirtualAddress
  private var previous: SpaceSnapshot

  /// Looks for the first time; nil if the range holds more than is kept.
  public init?(
    _ walker: Walker<PagingFormat>, from first: VirtualAddress, through last: VirtualAddress,
    in memory: some PhysicalMemory & Sendable
  ) {
    self.walker = walker
    self.first = first
    self.last = last
    guard let snapshot = SpaceSnapshot(walker, from: first, through: last, in: memory, limit: Self.limit)
    else {
      return nil
    }
    previous = snapshot
    // The second look settles what changed during the first.
    guard look(in: memory) != nil else { return nil }
  }

  /// How many bytes of the range were mapped at the last look.
  public var mappedByteCount: UInt64 { previous.mappedByteCount }

  /// What changed since the last look, in address order, tables first; nil if the range holds more by now than is kept.
  public mutating func look(in memory: some PhysicalMemory & Sendable) -> [SpaceChange]? {
    guard var older = snapshot(of: memory), var newer = snapshot(of: memory) else { return nil }
    for _ in 0..<Self.retryLimit where !isSame(older, newer) {
      guard let next = snapshot(of: memory) else { return nil }
      older = newer
      newer = next
    }
    let settled = newer.keeping(previous, whereItDiffersFrom: older, format: walker.format)
    defer { previous = settled }
    return tableChanges(previous, settled)
      + SpaceSnapshot.differences(previous, settled, format: walker.format).map(SpaceChange.init)
  }

  private func snapshot(of memory: some PhysicalMemory & Sendable) -> SpaceSnapshot? {
    SpaceSnapshot(walker, from: first, through: last, in: memory, limit: Self.limit)
  }

  private func isSame(_ older: SpaceSnapshot, _ newer: SpaceSnapshot) -> Bool {
    older.tables == newer.tables
      && SpaceSnapshot.differences(older, newer, format: walker.format).isEmpty
  }

  private func tableChanges(_ old: SpaceSnapshot, _ new: SpaceSnapshot) -> [SpaceChange] {
    let places = Set(old.tables.keys).union(new.tables.keys).filter { old.tables[$0] != new.tables[$0] }
    return places.sorted().map { place in
      let span = UInt64(1) << UInt64(walker.format.level(place.depth - 1).shift)
      return SpaceChange(
        SpaceChange.Table(depth: place.depth, before: old.tables[place], after: new.tables[place]),
        first: place.base, last: VirtualAddress(place.base.rawValue | (span - 1)))
    }
  }
}
