import PageTables

/// Physical memory that an input makes up.
struct FuzzedMemory: PhysicalMemory {
  enum Kind: UInt8 {
    /// The bytes from address 0 on, and no RAM behind them.
    case plain
    /// The bytes over and over through all addresses: every pointer finds something, and tables find themselves.
    case repeated
    /// As `repeated`, but some pages answer with a fault that their number chooses.
    case faulty
  }

  let bytes: [UInt8]
  let kind: Kind

  borrowing func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0, count <= 1 << 20 else { throw .unreadable }
    guard !bytes.isEmpty else { throw .outsideRAM }
    let size = UInt64(bytes.count)
    if kind == .plain {
      guard address.rawValue < size, UInt64(count) <= size - address.rawValue else { throw .outsideRAM }
      let start = Int(address.rawValue)
      return body(bytes.span.bytes.extracting(start..<(start + count)))
    }
    if kind == .faulty {
      for page in [address.rawValue >> 12, (address.rawValue &+ UInt64(count - 1)) >> 12] where page % 7 == 3 {
        throw MemoryFault.allCases[Int(page / 7 % UInt64(MemoryFault.allCases.count))]
      }
    }
    let copy = (0..<UInt64(count)).map { bytes[Int((address.rawValue &+ $0) % size)] }
    return body(copy.span.bytes)
  }
}
