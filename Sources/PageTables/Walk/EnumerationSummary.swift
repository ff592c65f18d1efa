/// How an enumeration went.
@frozen
public struct EnumerationSummary: Hashable, Sendable {
  /// Tables that were entered, each as often as it was reached; one that holds nothing perhaps less often.
  public var tableCount: Int
  /// Whether every table that was reached could be read and followed.
  public var isComplete: Bool

  @inlinable public init(tableCount: Int, isComplete: Bool) {
    self.tableCount = tableCount
    self.isComplete = isComplete
  }
}
