/// What looking for many pages took.
public struct LookupMeasure: Hashable, Sendable {
  public var lookupCount: UInt64 = 0
  /// Entries looked at, by all lookups together; anchors are not counted.
  public var probeCount: UInt64 = 0
  /// Of the lookup that looked at the most.
  public var longestProbeCount = 0
  /// Lookups that did not find the frame that the multi-level tables say.
  public var wrongCount: UInt64 = 0

  public init() {}

  public var averageProbeCount: Double {
    lookupCount == 0 ? 0 : Double(probeCount) / Double(lookupCount)
  }
}
