import PageTables

/// Physical memory that is read by calls, not mapped: what is asked for is fetched anew each time, and lent as a copy.
struct ReadMemory<Reader: PieceReader>: PhysicalMemory, Sendable {
  /// A stretch of addresses, and where the reader has its first byte.
  struct Piece: Hashable, Sendable {
    var range: ClosedRange<UInt64>
    var position: UInt64
  }

  /// Requests are put together in a buffer of at most this many bytes.
  static var requestLimitBytes: Int { 16 << 20 }

  let reader: Reader
  /// Ascending and disjoint.
  let pieces: [Piece]

  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0, count <= Self.requestLimitBytes else { throw .unreadable }
    // Nothing is allocated before it is known that all of it is RAM.
    var parts: [(position: UInt64, count: Int)] = []
    var next = address.rawValue
    var left = count
    while true {
      guard let piece = piece(at: next) else { throw .outsideRAM }
      let part = Int(min(piece.range.upperBound - next, UInt64(left - 1))) + 1
      parts.append((piece.position &+ (next - piece.range.lowerBound), part))
      left -= part
      guard left > 0 else { break }
      guard piece.range.upperBound < .max else { throw .outsideRAM }
      next = piece.range.upperBound + 1
    }
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    for part in parts {
      try reader.read(at: part.position, into: &bytes, range: done..<(done + part.count))
      done += part.count
    }
    // Sound: the bytes are all there, and live as long as they are lent.
    let span = bytes.span
    return body(unsafe span.bytes)
  }

  private func piece(at address: UInt64) -> Piece? {
    var low = 0
    var high = pieces.count
    while low < high {
      let middle = (low + high) / 2
      if pieces[middle].range.upperBound < address { low = middle + 1 } else { high = middle }
    }
    guard low < pieces.count, pieces[low].range.contains(address) else { return nil }
    return pieces[low]
  }
}
