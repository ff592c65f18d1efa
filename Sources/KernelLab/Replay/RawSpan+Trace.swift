import PageTables

extension RawSpan {
  /// The little-endian word at `offset`, or 0 if it is not wholly inside.
  @inline(__always)
  func word(_ offset: Int) -> UInt64 { entry(atByteOffset: offset, byteCount: 8, order: .little) ?? 0 }

  /// The byte at `offset`, or 0 behind the end: no text has one.
  @inline(__always)
  func byte(_ offset: Int) -> UInt8 {
    guard offset >= 0, offset < byteCount else { return 0 }
    // Sound: the offset was checked, and every bit pattern is a byte.
    return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
  }

  /// The eight bytes at `offset`, little-endian, with zeros behind the end.
  @inline(__always)
  func paddedWord(_ offset: Int) -> UInt64 {
    if let word = entry(atByteOffset: offset, byteCount: 8, order: .little) { return word }
    return tailWord(offset)
  }

  @inline(never)
  private func tailWord(_ offset: Int) -> UInt64 {
    var word: UInt64 = 0
    for place in 0..<8 { word |= UInt64(byte(offset &+ place)) << UInt64(8 &* place) }
    return word
  }
}

extension TraceRecord.Kind {
  /// The kind that the two lowest bits mean, without a branch, which no processor could foretell; `fetch` for the
  /// fourth value, which means none.
  @inline(__always)
  init(lowBits: UInt64) {
    let isKind = ~(lowBits & lowBits >> 1) & 1
    // Sound: the number is 0 to 2, and a case without payload is stored as its place among the cases.
    self = unsafe unsafeBitCast(UInt8(truncatingIfNeeded: lowBits & 3 &* isKind), to: TraceRecord.Kind.self)
  }
}
