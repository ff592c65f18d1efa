/// Room for records, filled again and again: no record costs an allocation.
///
/// ```swift
/// var batch = TraceBatch()
/// while try reader.read(into: &batch) {
///   let records = batch.records.span.extracting(0..<batch.count)
///   ...
/// }
/// ```
public struct TraceBatch: ~Copyable, Sendable {
  /// How many records there is room for.
  public static let capacity = 4096

  /// The records; from ``count`` on they mean nothing.
  public internal(set) var records: [TraceRecord]
  /// How many of ``records`` were read, by kind.
  public internal(set) var counts = TraceCounts()
  /// How many of ``records`` were read.
  public internal(set) var count = 0

  public init() {
    records = [TraceRecord](
      repeating: TraceRecord(address: 0, byteCount: 1, kind: .fetch), count: Self.capacity)
  }
}
