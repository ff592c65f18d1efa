public import PageTables

/// A place that looked like evidence, and why it is none.
public struct Rejection: Hashable, Sendable {
  public var address: PhysicalAddress
  /// What was found there, as part of a sentence.
  public var reason: String

  public init(_ address: PhysicalAddress, _ reason: String) {
    self.address = address
    self.reason = reason
  }
}
