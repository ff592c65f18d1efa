/// What comparing two tables came to: how much is the same, and every entry that is not.
public struct TableComparison: Hashable, Sendable {
  /// How many entries the first table has in the compared range, each counted at the level where it was
  /// compared: an entry that leads to tables of the process's own is not counted, the entries of those are.
  public internal(set) var entryCount = 0
  /// How many of them are the same in the second: same target, same rights, same hardware bits but
  /// accessed and dirty.
  public internal(set) var sameCount = 0
  /// All others, in address order, a table's before those of the tables under it.
  public internal(set) var entries: [ComparedEntry] = []

  init() {}

  public func entries(_ verdict: ComparedEntry.Verdict) -> [ComparedEntry] {
    entries.filter { $0.verdict == verdict }
  }

  /// Whether some entry is deferred, stale or different.
  public var differs: Bool {
    entries.contains { $0.verdict != .explained && $0.verdict != .unreadable }
  }

  /// Whether everything that was to be compared could be read.
  public var isComplete: Bool { !entries.contains { $0.verdict == .unreadable } }

  mutating func append(_ other: TableComparison) {
    entryCount += other.entryCount
    sameCount += other.sameCount
    entries += other.entries
  }
}
