import PageTables

/// RAM from address 0 on, with entries at places; behind its end there is none.
struct TableBytes: PhysicalMemory {
  private var bytes: [UInt8]

  init(byteCount: Int, entries: [UInt64: UInt64]) {
    bytes = [UInt8](repeating: 0, count: byteCount)
    for (address, entry) in entries {
      for index in 0..<8 {
        bytes[Int(address) + index] = UInt8(truncatingIfNeeded: entry >> UInt64(8 * index))
      }
    }
  }

  borrowing func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0 else { throw .unreadable }
    guard address.rawValue < UInt64(bytes.count), count <= bytes.count - Int(address.rawValue) else {
      throw .outsideRAM
    }
    let start = Int(address.rawValue)
    return body(bytes.span.bytes.extracting(start..<(start + count)))
  }
}
