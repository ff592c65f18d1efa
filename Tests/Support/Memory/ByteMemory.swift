public import PageTables

/// Physical memory that is one run of bytes.
public struct ByteMemory: PhysicalMemory, Sendable {
  public let base: UInt64
  public var bytes: [UInt8]

  public init(base: UInt64 = 0, bytes: [UInt8]) {
    self.base = base
    self.bytes = bytes
  }

  public borrowing func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0 else { throw .unreadable }
    guard address.rawValue >= base, address.rawValue - base <= UInt64(bytes.count),
      UInt64(count) <= UInt64(bytes.count) - (address.rawValue - base)
    else { throw .outsideRAM }
    let offset = Int(address.rawValue - base)
    return body(bytes.span.bytes.extracting(offset..<offset + count))
  }

  /// Writes the little-endian `entry` of `byteCount` bytes at `address`.
  public mutating func store(_ entry: UInt64, at address: UInt64, byteCount: Int) {
    for index in 0..<byteCount {
      bytes[Int(address - base) + index] = UInt8(truncatingIfNeeded: entry >> (8 * UInt64(index)))
    }
  }
}
