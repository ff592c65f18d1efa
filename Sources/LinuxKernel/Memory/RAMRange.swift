public import PageTables

/// A stretch of RAM whose bytes a source has.
public struct RAMRange: Hashable, Sendable {
  public var first: PhysicalAddress
  /// The last byte, inclusive.
  public var last: PhysicalAddress

  public init(first: PhysicalAddress, last: PhysicalAddress) {
    self.first = first
    self.last = last
  }
}
