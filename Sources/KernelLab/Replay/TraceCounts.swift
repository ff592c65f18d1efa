/// How many records of which kind there are.
public struct TraceCounts: Hashable, Sendable {
  public var fetches: UInt64 = 0
  public var reads: UInt64 = 0
  public var writes: UInt64 = 0

  public init() {}

  public var total: UInt64 { fetches &+ reads &+ writes }

  mutating func add(_ other: TraceCounts) {
    fetches &+= other.fetches
    reads &+= other.reads
    writes &+= other.writes
  }

  @inline(__always)
  mutating func add(_ kind: TraceRecord.Kind) {
    switch kind {
    case .fetch: fetches &+= 1
    case .read: reads &+= 1
    case .write: writes &+= 1
    }
  }
}
