/// What a trace is replayed on: a machine, a cache, a counter.
public protocol ReplayTarget: ~Copyable {
  /// One access. It lies in one page: what crosses a border comes as an access for each page.
  mutating func access(_ address: UInt64, kind: TraceRecord.Kind, byteCount: Int)
}
