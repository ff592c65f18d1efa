/// Makes the compact form of records, block by block; ``CompactLayout`` describes it.
struct TraceEncoder: Sendable {
  let addressBits: Int
  private(set) var counts = TraceCounts()

  /// - Parameter addressBits: 1 to 64.
  init(addressBits: Int) { self.addressBits = addressBits }

  func head(into bytes: inout [UInt8]) {
    Self.append(CompactLayout.magic, 8, to: &bytes)
    Self.append(CompactLayout.version | UInt64(addressBits) << 16, 8, to: &bytes)
  }

  /// The first record that the form cannot hold: too many address bits, or a size that is not allowed.
  func firstUnfit(_ records: Span<TraceRecord>) -> Int? {
    for index in records.indices {
      let record = records[index]
      let isFit =
        (addressBits == 64 || record.address >> UInt64(addressBits) == 0) && record.byteCount > 0
        && record.byteCount <= TraceRecord.byteCountLimit
      if !isFit { return index }
    }
    return nil
  }

  /// - Parameter records: at most ``CompactLayout/blockRecordLimit``, and at least one; all fit.
  mutating func block(_ records: Span<TraceRecord>, into bytes: inout [UInt8]) {
    var controls: [UInt8] = []
    var deltas: [UInt8] = []
    controls.reserveCapacity(records.count * 2)
    deltas.reserveCapacity(records.count * 4)
    var ends = InlineArray<4, UInt64>(repeating: 0)
    for index in records.indices {
      let record = records[index]
      let kind = Int(record.kind.rawValue)
      let difference = Int64(bitPattern: record.address &- ends[kind])
      let delta = UInt64(bitPattern: difference << 1 ^ difference >> 63)
      let code = CompactLayout.code(for: delta)
      Self.append(UInt64(kind) | code << 2 | UInt64(record.byteCount) << 5, 2, to: &controls)
      Self.append(delta, Int(CompactLayout.length(ofCode: code)), to: &deltas)
      ends[kind] = record.address &+ UInt64(record.byteCount)
      counts.add(record.kind)
    }
    Self.append(UInt64(records.count), 4, to: &bytes)
    Self.append(UInt64(deltas.count), 4, to: &bytes)
    bytes += controls
    bytes += deltas
  }

  func end(into bytes: inout [UInt8]) {
    Self.append(UInt64(CompactLayout.endByteCount) << 32, 8, to: &bytes)
    for count in [counts.fetches, counts.reads, counts.writes] { Self.append(count, 8, to: &bytes) }
  }

  private static func append(_ number: UInt64, _ byteCount: Int, to bytes: inout [UInt8]) {
    for place in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * place))) }
  }
}
