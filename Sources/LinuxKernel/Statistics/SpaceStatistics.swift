/// The page tables of one process, of the kernel, or of all together.
public struct SpaceStatistics: Hashable, Sendable {
  /// Nil for the kernel and for the total.
  public var pid: Int?
  public var command: String
  /// The tables that are this space's own, top first. A process's tables are those that neither the kernel's
  /// master nor a process before it reaches. With page-table isolation the second root is not counted.
  public var levels: [LevelUsage]
  /// How many further tables it reaches that belong to the kernel or to a process before it.
  public var sharedTableCount: Int
  /// What its own tables map, by page size, the smallest first.
  public var leaves: [LeafUsage]
  /// How many of its own last-level tables have 0, 1 to 7, 8 to 63, 64 to 255, ... entries in use; each bound
  /// of ``occupancyBounds`` is the first number of a class, and the last class is for full tables.
  public var occupancy: [Int]
  /// Last-level tables below the kernel half whose entries all map small pages that user mode may write, with the
  /// same rights: what one large page each could take the place of. Only the tables are looked at: that the
  /// memory is anonymous is not known.
  public var foldableTableCount: Int
  /// The bytes that those tables take.
  public var foldableByteCount: UInt64

  /// The first number of used entries of each class of ``occupancy``; a full table, of whatever size, is in
  /// the last.
  public static let occupancyBounds = [0, 1, 8, 64, 256]

  public var tableCount: Int { levels.reduce(0) { $0 + $1.tableCount } }
  public var tableByteCount: UInt64 { levels.reduce(0) { $0 + $1.byteCount } }
  public var mappedByteCount: UInt64 { leaves.reduce(0) { $0 &+ $1.byteCount } }
  /// Last-level tables with fewer than 8 entries in use.
  public var sparseTableCount: Int { occupancy.prefix(2).reduce(0, +) }
}
