/// One target of a replay, with what it needs beside itself.
///
/// The loop over a batch is compiled for the target's own type; only the call for a whole batch is not.
public final class ReplayLane<Target: ReplayTarget & ~Copyable>: ReplayReceiver {
  @usableFromInline var target: Target
  @usableFromInline let pageSizeBits: UInt64
  public private(set) var accessCount: UInt64 = 0

  /// - Parameter pageSizeBits: accesses are cut at the borders of pages of 2^`pageSizeBits` bytes; 4 to 40.
  public init(_ target: consuming Target, pageSizeBits: UInt8 = 12) {
    self.target = target
    self.pageSizeBits = UInt64(min(max(pageSizeBits, 4), 40))
  }

  /// Hands each record to the target.
  @inlinable
  public func receive(_ batch: borrowing TraceBatch) {
    addAccesses(replay(batch.records.span.extracting(0..<batch.count), pageSizeBits, on: &target))
  }

  @usableFromInline
  func addAccesses(_ count: UInt64) { accessCount &+= count }

  /// Lends the target.
  @inlinable
  public func withTarget<Answer>(_ body: (inout Target) -> Answer) -> Answer { body(&target) }
}

/// Hands records to a target, an access for each page that they touch.
///
/// - Returns: how many accesses it were.
@inlinable
public func replay<Target: ReplayTarget & ~Copyable>(
  _ records: Span<TraceRecord>, _ pageSizeBits: UInt64, on target: inout Target
) -> UInt64 {
  let mask = (UInt64(1) &<< pageSizeBits) &- 1
  var accessCount = UInt64(records.count)
  for index in records.indices {
    let record = records[index]
    var count = UInt64(record.byteCount)
    var address = record.address
    // Where the last byte is in the pages that begin with this one.
    while (address & mask) &+ count > mask &+ 1 {
      let part = mask &+ 1 &- (address & mask)
      target.access(address, kind: record.kind, byteCount: Int(truncatingIfNeeded: part))
      address &+= part
      count &-= part
      accessCount &+= 1
    }
    target.access(address, kind: record.kind, byteCount: Int(truncatingIfNeeded: count))
  }
  return accessCount
}
