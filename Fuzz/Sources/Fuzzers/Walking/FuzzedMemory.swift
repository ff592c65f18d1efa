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

  /// More than the largest table has.
  private static let countLimit = 1 << 17

  private let bytes: [UInt8]
  private let byteCount: UInt64
  private let kind: Kind

  init(bytes: [UInt8], kind: Kind) {
    self.kind = kind
    byteCount = UInt64(bytes.count)
    var bytes = bytes
    if kind != .plain, !bytes.isEmpty {
      // Long enough that whatever begins in the first copy can be lent in one piece.
      let wanted = bytes.count + Self.countLimit
      while bytes.count < wanted { bytes += bytes.prefix(wanted - bytes.count) }
    }
    self.bytes = bytes
  }

  borrowing func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0, count <= Self.countLimit else { throw .unreadable }
    // The copies do not meet at 2⁶⁴, so nothing reaches over it.
    guard byteCount > 0, UInt64(count - 1) <= .max - address.rawValue else { throw .outsideRAM }
    var start = address.rawValue
    if kind == .plain {
      guard start < byteCount, UInt64(count) <= byteCount - start else { throw .outsideRAM }
    } else {
      start %= byteCount
    }
    if kind == .faulty { try fault(at: address.rawValue, count: count) }
    return body(bytes.span.bytes.extracting(Int(start)..<(Int(start) + count)))
  }

  private func fault(at address: UInt64, count: Int) throws(MemoryFault) {
    let pageCount = (address & 0xfff + UInt64(count - 1)) >> 12 + 1
    for index in 0..<pageCount {
      let page = (address &+ index << 12) >> 12
      if page % 7 == 3 { throw MemoryFault.allCases[Int(page / 7 % UInt64(MemoryFault.allCases.count))] }
    }
  }
}
