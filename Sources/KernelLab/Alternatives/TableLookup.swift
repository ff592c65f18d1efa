public import PageTables

/// What a table of another kind says about one page.
public struct TableLookup: Hashable, Sendable, BitwiseCopyable {
  /// The page's frame and rights; nil if the page is absent.
  public var found: Found?
  /// How many entries of the chain were looked at; the anchor, which is read before, not counted.
  public var probeCount: Int

  public struct Found: Hashable, Sendable, BitwiseCopyable {
    public var frame: UInt64
    public var access: Access

    public init(frame: UInt64, access: Access) {
      self.frame = frame
      self.access = access
    }
  }

  public init(found: Found?, probeCount: Int) {
    self.found = found
    self.probeCount = probeCount
  }
}
