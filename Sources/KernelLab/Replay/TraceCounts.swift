/// How many records of which kind there are.
public struct TraceCounts: Hashable, Sendable {
  public var fetches: UInt64 = 0
  public var reads: UInt64 = 0
  public var writes: UInt64 = 0

  public init() {}

  public var total: UInt64 { fetches &+ reads &+ writes }

  mutating func add(_ records: Span<TraceRecord>) {
    var fetched = 0
    var written = 0
    for index in records.indices {
      fetched &+= records[index].kind == .fetch ? 1 : 0
      written &+= records[index].kind == .write ? 1 : 0
    }
    fetches &+= UInt64(fetched)
    writes &+= UInt64(written)
    reads &+= UInt64(records.count &- fetched &- written)
  }
}
