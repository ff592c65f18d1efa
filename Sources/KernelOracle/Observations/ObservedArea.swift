/// One line of `/proc/PID/maps`.
public struct ObservedArea: Hashable, Sendable {
  public var start: UInt64
  /// The first address behind it.
  public var end: UInt64
  public var protection: Protection
  public var isShared: Bool
  /// As the kernel shows it: 0 for anonymous memory.
  public var offsetBytes: UInt64
  public var object: Object

  public init(
    start: UInt64, end: UInt64, protection: Protection, isShared: Bool, offsetBytes: UInt64, object: Object
  ) {
    self.start = start
    self.end = end
    self.protection = protection
    self.isShared = isShared
    self.offsetBytes = offsetBytes
    self.object = object
  }

  /// What is mapped, as far as the line tells.
  public enum Object: Hashable, Sendable {
    case anonymous
    /// Anonymous memory that the kernel calls `[heap]`, `[stack]`.
    case heap
    case stack
    /// One of the program's files.
    case file(Int)
    /// Shared anonymous memory: each mapping is an object of its own, and its number says only which is the same.
    case sharedAnonymous(UInt64)
    /// Whatever else it is called.
    case other(String)
  }
}
