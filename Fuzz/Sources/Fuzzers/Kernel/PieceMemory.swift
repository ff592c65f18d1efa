import LinuxKernel
import PageTables

/// Memory in a few pieces, of which pages may be missing.
struct PieceMemory: PhysicalMemory {
  struct Piece {
    var first: UInt64
    var bytes: [UInt8]
    var last: UInt64 { first + UInt64(bytes.count) - 1 }
  }

  /// Ascending, not empty, none beside another.
  private(set) var pieces: [Piece] = []
  /// How many of 1,000 pages cannot be read.
  var missingPermille: UInt64 = 0

  var ranges: [RAMRange] {
    pieces.map { RAMRange(first: PhysicalAddress($0.first), last: PhysicalAddress($0.last)) }
  }

  /// Puts a page behind all others.
  mutating func append(page: [UInt8], at address: UInt64) {
    if let last = pieces.last, last.last + 1 == address {
      pieces[pieces.count - 1].bytes += page
    } else {
      pieces.append(Piece(first: address, bytes: page))
    }
  }

  private func index(of address: UInt64) -> Int? {
    var low = 0
    var high = pieces.count
    while low < high {
      let middle = (low + high) / 2
      if pieces[middle].last < address { low = middle + 1 } else { high = middle }
    }
    return low < pieces.count && pieces[low].first <= address ? low : nil
  }

  /// The word at an address; 0 if it is not inside.
  func word(at address: PhysicalAddress, byteCount: Int) -> UInt64 {
    guard let index = index(of: address.rawValue) else { return 0 }
    let offset = Int(address.rawValue - pieces[index].first)
    guard offset + byteCount <= pieces[index].bytes.count else { return 0 }
    return (0..<byteCount).reduce(0) { $0 | UInt64(pieces[index].bytes[offset + $1]) << UInt64(8 * $1) }
  }

  mutating func store(_ value: UInt64, at address: PhysicalAddress, byteCount: Int) {
    guard let index = index(of: address.rawValue) else { return }
    let offset = Int(address.rawValue - pieces[index].first)
    guard offset + byteCount <= pieces[index].bytes.count else { return }
    for byte in 0..<byteCount {
      pieces[index].bytes[offset + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))
    }
  }

  borrowing func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0, let index = index(of: address.rawValue),
      UInt64(count - 1) <= pieces[index].last - address.rawValue
    else { throw .outsideRAM }
    if missingPermille > 0 {
      for page in address.rawValue >> 12...(address.rawValue + UInt64(count - 1)) >> 12
      where (page &* 0x9e37_79b9_7f4a_7c15) >> 40 % 1000 < missingPermille {
        throw .excluded
      }
    }
    let offset = Int(address.rawValue - pieces[index].first)
    let bytes = pieces[index].bytes
    return body(bytes.span.bytes.extracting(offset..<offset + count))
  }
}
