extension RawSpan {
  /// Sixteen little-endian 32-bit words at `offset`, or nil if they are not wholly inside.
  @inline(__always)
  func words32(atByteOffset offset: Int) -> SIMD16<UInt32>? {
    guard offset >= 0, offset <= byteCount &- 64 else { return nil }
    // Sound: offset + 64 <= byteCount was checked, and every bit pattern is a vector of integers.
    return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD16<UInt32>.self)
  }

  /// The byte at `offset`, or nil if it is not inside.
  @inline(__always)
  func byte(at offset: Int) -> UInt8? {
    guard offset >= 0, offset < byteCount else { return nil }
    // Sound: the offset was checked.
    return unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
  }

  /// Whether the bytes at `offset` are those of `text`.
  func holds(_ text: StaticString, at offset: Int) -> Bool {
    text.withUTF8Buffer { wanted in
      guard offset >= 0, offset <= byteCount &- wanted.count else { return false }
      for index in 0..<wanted.count where unsafe byte(at: offset &+ index) != wanted[index] { return false }
      return true
    }
  }
}

extension SIMDMask<SIMD16<Int32>> {
  /// Whether any lane is set.
  @inline(__always)
  var isAnySet: Bool {
    let lanes = SIMD16<UInt32>(repeating: 0).replacing(with: SIMD16<UInt32>(repeating: 1), where: self)
    let eight = lanes.lowHalf | lanes.highHalf
    let four = eight.lowHalf | eight.highHalf
    let two = four.lowHalf | four.highHalf
    return two.x | two.y != 0
  }
}
