import PageTables

/// Another memory with one 64-bit entry changed.
struct PatchedMemory<Base: PhysicalMemory & Sendable>: PhysicalMemory {
  private let base: Base
  private let address: PhysicalAddress
  private let entry: UInt64

  init(_ base: Base, at address: PhysicalAddress, entry: UInt64) {
    self.base = base
    self.address = address
    self.entry = entry
  }

  func withBytes<Answer>(
    at start: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    let offset = Int64(bitPattern: address.rawValue &- start.rawValue)
    guard offset >= 0, offset + 8 <= count else {
      return try base.withBytes(at: start, count: count, body)
    }
    var bytes = try base.withBytes(at: start, count: count) { span in span.withUnsafeBytes { Array($0) } }
    for index in 0..<8 { bytes[Int(offset) + index] = UInt8(truncatingIfNeeded: entry >> UInt64(8 * index)) }
    return body(bytes.span.bytes)
  }
}
