/// A page with an entry.
public struct ObservedPage: Hashable, Sendable {
  /// The address divided by the page size.
  public var number: UInt64
  public var entry: PageEntry

  public init(number: UInt64, entry: PageEntry) {
    self.number = number
    self.entry = entry
  }
}
