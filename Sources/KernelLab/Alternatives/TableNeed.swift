/// What one kind of table needs in memory.
public struct TableNeed: Hashable, Sendable {
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// An entry for every page of the space.
    case linear
    /// A tree of tables, with those that map nothing left out.
    case multiLevel = "multi-level"
    /// An entry for every frame of RAM.
    case inverted
    /// An entry for every mapped page, found by hash.
    case hashed
    /// The same, with an entry for 16 neighbouring pages.
    case clustered
  }

  /// What is mapped, where the size depends on it.
  public enum Case: String, Hashable, Sendable, CaseIterable {
    /// Nothing: the top table alone.
    case empty
    /// The pages lie side by side, from a border of all tables on: the fewest tables.
    case dense
    /// The pages lie as far apart as they can: the most tables.
    case sparse
    /// Every page of the space.
    case full
  }

  /// The tables of one level.
  public struct LevelTables: Hashable, Sendable {
    public var name: String
    public var tableCount: UInt64
    public var entryCount: UInt64
    public var byteCount: UInt64
  }

  public var kind: Kind
  public var `case`: Case?
  /// Of how many processes each has such tables; nil if there is one for all.
  public var processCount: UInt64?
  /// Of one process, or of the one table that there is.
  public var levels: [LevelTables]
  /// Anchors or buckets, which lead to the entries of a hashed or an inverted table, in bytes.
  public var anchorCount: UInt64 = 0
  public var anchorByteCount: UInt64 = 0

  public var tableCount: UInt64 { levels.reduce(0) { $0 + $1.tableCount } }
  public var entryCount: UInt64 { levels.reduce(0) { $0 + $1.entryCount } }
  /// Of one process, or of the one table; anchors included.
  public var byteCount: UInt64 { levels.reduce(anchorByteCount) { $0 + $1.byteCount } }
}
