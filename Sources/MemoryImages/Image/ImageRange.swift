public import PageTables

/// A stretch of RAM and what the image has of it. What is in no range is not RAM, as far as the image knows.
public struct ImageRange: Hashable, Sendable {
  /// What an image has of a stretch of RAM.
  @frozen
  public enum State: UInt8, Hashable, Sendable, CaseIterable {
    /// The bytes are there.
    case present
    /// The writer left it out because all of it is zero.
    case zero
    /// The writer left it out; its content is unknown.
    case excluded
    /// It should be there, but the file ends before, or a part of a split set is missing.
    case truncated
  }

  /// The first byte.
  public var start: PhysicalAddress
  /// The last byte. Inclusive, so that the top of a 64-bit address space has an end.
  public var last: PhysicalAddress
  /// What the image has of it.
  public var state: State

  /// A range from its first to its last byte; `last` is not below `start`.
  public init(start: PhysicalAddress, last: PhysicalAddress, state: State) {
    self.start = start
    self.last = last
    self.state = state
  }

  /// How many bytes it has; 0 stands for 2⁶⁴.
  public var sizeBytes: UInt64 { last.rawValue &- start.rawValue &+ 1 }
}
