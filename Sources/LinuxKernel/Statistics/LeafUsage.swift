/// What the pages of one size map.
public struct LeafUsage: Hashable, Sendable {
  public var pageSizeBytes: UInt64
  /// How many bytes of addresses they map.
  public var byteCount: UInt64
}
