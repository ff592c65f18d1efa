import PageTables

/// RAM from address 0 in an array.
struct ArrayMemory: PhysicalMemory {
  var bytes: [UInt8]

  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0 else { throw .unreadable }
    guard address.rawValue < UInt64(bytes.count), count <= bytes.count - Int(address.rawValue) else {
      throw .outsideRAM
    }
    let first = Int(address.rawValue)
    return body(bytes.span.bytes.extracting(first..<(first + count)))
  }
}
