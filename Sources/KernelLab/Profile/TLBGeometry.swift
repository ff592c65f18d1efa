/// The size and shape of a processor's translation lookaside buffer.
public struct TLBGeometry: Hashable, Sendable {
  /// How many translations it holds: a power of two.
  public var entryCount: Int
  /// How many of them may hold one address: a power of two, at most `entryCount`.
  public var wayCount: Int
  /// Bits of the tag that tells address spaces apart (ASID, PCID); 0 where a switch empties the buffer.
  public var tagBits: Int

  public init(entryCount: Int = 1024, wayCount: Int = 4, tagBits: Int = 0) {
    self.entryCount = entryCount
    self.wayCount = wayCount
    self.tagBits = tagBits
  }
}
