// The only file of the core that says `unsafe`. Each use stands behind a bounds check of its own, made
// with arithmetic that cannot overflow; the library's own checked subscripts would trap instead, and a
// trap inside a kernel is an oops.

extension RawSpan {
  /// The unsigned integer of `byteCount` (4 or 8) bytes at `offset`, or nil if it is not wholly inside.
  @inlinable @inline(__always)
  public func entry(atByteOffset offset: Int, byteCount: Int, order: ByteOrder) -> UInt64? {
    guard offset >= 0, offset <= self.byteCount &- byteCount else { return nil }
    if byteCount == 8 {
      // Sound: offset + 8 <= byteCount was checked, and every bit pattern is a UInt64.
      let value = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self)
      return order == .little ? UInt64(littleEndian: value) : UInt64(bigEndian: value)
    }
    guard byteCount == 4 else { return nil }
    // Sound: offset + 4 <= byteCount was checked, and every bit pattern is a UInt32.
    let value = unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self)
    return UInt64(
      truncatingIfNeeded: order == .little ? UInt32(littleEndian: value) : UInt32(bigEndian: value))
  }

  /// Eight little-endian 64-bit entries at `offset`, or nil if they are not wholly inside.
  @inlinable @inline(__always)
  public func entries64(atByteOffset offset: Int) -> SIMD8<UInt64>? {
    guard offset >= 0, offset <= byteCount &- 64 else { return nil }
    // Sound: offset + 64 <= byteCount was checked, and every bit pattern is a vector of integers.
    return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD8<UInt64>.self)
  }
}

extension SIMD8<UInt8> {
  /// The lowest bit of each lane, in the byte of the lane's number.
  @inlinable @inline(__always)
  var lowBits: UInt64 {
    // Sound: both are eight bytes without padding, and every bit pattern is a number.
    UInt64(littleEndian: unsafe unsafeBitCast(self, to: UInt64.self)) & 0x0101_0101_0101_0101
  }
}

extension InlineArray where Element: BitwiseCopyable {
  /// The element at `index`, or `filler` if there is none.
  @inlinable @inline(__always)
  public func element(at index: Int, filler: Element) -> Element {
    guard index >= 0, index < count else { return filler }
    // Sound: the index was checked.
    return unsafe self[unchecked: index]
  }

  /// Replaces the element at `index`; does nothing if there is none.
  @inlinable @inline(__always)
  public mutating func replaceElement(at index: Int, with element: Element) {
    guard index >= 0, index < count else { return }
    // Sound: the index was checked.
    unsafe self[unchecked: index] = element
  }

  /// What `body` answers for the first of the elements before `end` that it has an answer for.
  @inlinable @inline(__always)
  func firstAnswer<Answer>(among end: Int, _ body: (Element) -> Answer?) -> Answer? {
    let elements = span
    let end = min(end, elements.count)
    var index = 0
    while index < end {
      // Sound: the index is below the count.
      if let answer = body(unsafe elements[unchecked: index]) { return answer }
      index &+= 1
    }
    return nil
  }
}

// The standard library's `...` traps where the bounds are out of order. Within this module ranges are those
// of formats, which laws hold in order; these take their place, and give `low...low` instead of a trap.

/// A range of bits.
@usableFromInline
func ... (low: UInt8, high: UInt8) -> ClosedRange<UInt8> {
  // Sound: the bounds are in order, whatever was given.
  unsafe ClosedRange(uncheckedBounds: (low, max(low, high)))
}

/// A range of addresses.
@usableFromInline
func ... (low: UInt64, high: UInt64) -> ClosedRange<UInt64> {
  // Sound: the bounds are in order, whatever was given.
  unsafe ClosedRange(uncheckedBounds: (low, max(low, high)))
}
