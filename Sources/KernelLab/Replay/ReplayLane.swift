/// One target of a replay, with what it needs beside itself.
///
/// The loop over a batch is compiled for the target's own type; only the call for a whole batch is not.
public final class ReplayLane<Target: ReplayTarget & ~Copyable>: ReplayReceiver {
  @usableFromInline var target: Target
  @usableFromInline let pageSizeBits: UInt64
  /// Made where the lane is made, because there the target's type is known: a method of a generic class that is
  /// called through a protocol is compiled once for all types, and would ask the type for every access.
  private let replayBatch: (ReplayLane, borrowing TraceBatch) -> UInt64
  public private(set) var accessCount: UInt64 = 0

  /// - Parameter pageSizeBits: accesses are cut at the borders of pages of 2^`pageSizeBits` bytes; 4 to 40.
  @inlinable @inline(__always)
  public convenience init(_ target: consuming Target, pageSizeBits: UInt8 = 12) {
    self.init(target, UInt64(min(max(pageSizeBits, 4), 40))) { lane, batch in
      replay(batch.records.span.extracting(0..<batch.count), lane.pageSizeBits, on: &lane.target)
    }
  }

  @usableFromInline
  init(
    _ target: consuming Target, _ pageSizeBits: UInt64,
    _ replayBatch: @escaping (ReplayLane, borrowing TraceBatch) -> UInt64
  ) {
    self.target = target
    self.pageSizeBits = pageSizeBits
    self.replayBatch = replayBatch
  }

  /// Hands each record to the target.
  public func receive(_ batch: borrowing TraceBatch) { accessCount &+= replayBatch(self, batch) }

  /// Lends the target.
  @inlinable
  public func withTarget<Answer>(_ body: (inout Target) -> Answer) -> Answer { body(&target) }
}

/// Hands records to a target, an access for each page that they touch.
///
/// - Returns: how many accesses it were.
@inlinable @inline(__always)
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
