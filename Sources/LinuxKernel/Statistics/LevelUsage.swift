/// The tables of one level.
public struct LevelUsage: Hashable, Sendable {
  /// Linux's name of the level.
  public var name: String
  /// How many tables the hardware sees.
  public var tableCount: Int
  /// The memory that they take: whole pages where the kernel lays several tables into one (ARM short
  /// descriptors), their own size where they are larger or smaller than a page.
  public var byteCount: UInt64

  public init(name: String, tableCount: Int = 0, byteCount: UInt64 = 0) {
    self.name = name
    self.tableCount = tableCount
    self.byteCount = byteCount
  }
}
