/// How much a reverse map may hold. Where a limit is met, the map is partial and says so.
public struct ReverseMapLimits: Hashable, Sendable {
  /// How many tables are read; at most 16,777,216.
  public var tableCount: Int
  /// How many runs of mappings and entries that name tables are kept. Each needs 12 and 8 bytes; the entries
  /// of the level that is being read 16 more.
  public var entryCount: Int

  /// The tables of 16 GiB, and entries in 1 GiB: forged tables cannot ask for more.
  public init(tableCount: Int = 1 << 22, entryCount: Int = 1 << 26) {
    self.tableCount = min(max(tableCount, 1), MappingRun.tableLimit)
    self.entryCount = min(max(entryCount, 1), Int(UInt32.max))
  }
}
