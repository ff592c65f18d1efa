import PageTables

/// A copy of a stretch of physical memory, of which pages may be missing: those read as zeros and are listed.
struct MemoryStretch: Sendable {
  /// The most that is copied at once.
  static let limitBytes: UInt64 = 64 << 20

  /// The first address.
  let first: UInt64
  private(set) var bytes: [UInt8] = []
  /// Offsets that could not be read, ascending and disjoint, in whole pages but for the ends.
  private(set) var missing: [Range<Int>] = []

  /// Copies from `first` up to `end`, a limited number of bytes; addresses past 2⁶⁴ there are not.
  init(_ memory: KernelMemory, from first: UInt64, to end: UInt64) {
    self.first = first
    let end = max(first, min(end, first.addingReportingOverflow(Self.limitBytes).partialValue))
    bytes.reserveCapacity(Int(end - first))
    var next = first
    while next < end {
      // In pieces, so that one missing page does not cost all the others.
      let pieceEnd = min(end, (next | (1 << 18 - 1)) &+ 1)
      append(memory, to: pieceEnd > next ? pieceEnd : end, pieceBytes: 1 << 18)
      next = first + UInt64(bytes.count)
    }
  }

  private mutating func append(_ memory: KernelMemory, to end: UInt64, pieceBytes: UInt64) {
    while first + UInt64(bytes.count) < end {
      let address = first + UInt64(bytes.count)
      let pieceEnd = min(end, address - address % pieceBytes + pieceBytes)
      if let piece = memory.bytes(at: PhysicalAddress(address), count: Int(pieceEnd - address)) {
        bytes.append(contentsOf: piece)
      } else if pieceBytes > 4096 {
        append(memory, to: pieceEnd, pieceBytes: 4096)
      } else {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: Int(pieceEnd - address)))
        if let last = missing.last, last.upperBound == start {
          missing[missing.count - 1] = last.lowerBound..<bytes.count
        } else {
          missing.append(start..<bytes.count)
        }
      }
    }
  }

  var end: UInt64 { first + UInt64(bytes.count) }

  /// Whether all `count` bytes at `address` are in the stretch and were read.
  func contains(_ address: UInt64, count: Int) -> Bool {
    guard count >= 0, address >= first, address <= end, UInt64(count) <= end - address else { return false }
    if missing.isEmpty { return true }
    let start = Int(address - first)
    return !missing.contains { $0.lowerBound < start + count && start < $0.upperBound }
  }

  /// The little-endian unsigned integer of `byteCount` bytes, up to 8, at `address`, if it was read.
  func word(at address: UInt64, byteCount: Int) -> UInt64? {
    guard contains(address, count: byteCount) else { return nil }
    let start = Int(address - first)
    var value: UInt64 = 0
    for index in 0..<byteCount { value |= UInt64(bytes[start + index]) << UInt64(8 * index) }
    return value
  }

  /// As many words in a row as there are; nil for those that could not be read.
  func words(at address: UInt64, count: Int, byteCount: Int) -> [UInt64?] {
    let isWhole = contains(address, count: count * byteCount)
    return (0..<count).map { index in
      let place = address + UInt64(index * byteCount)
      guard isWhole else { return word(at: place, byteCount: byteCount) }
      let start = Int(place - first)
      var value: UInt64 = 0
      for byte in 0..<byteCount { value |= UInt64(bytes[start + byte]) << UInt64(8 * byte) }
      return value
    }
  }

  /// Whether `range` of addresses was read and is zero.
  func isZero(_ range: Range<UInt64>) -> Bool {
    guard contains(range.lowerBound, count: range.count) else { return false }
    return !bytes[Int(range.lowerBound - first)..<Int(range.upperBound - first)].contains { $0 != 0 }
  }
}

extension UInt64 {
  /// The next multiple of `alignment`, a power of two; wraps past 2⁶⁴.
  func aligned(to alignment: UInt64) -> UInt64 { (self &+ (alignment - 1)) & ~(alignment - 1) }
}
