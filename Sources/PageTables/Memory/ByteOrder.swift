// The only file of the core that says `unsafe`. Each use stands behind a bounds check of its own, made
// with arithmetic that cannot overflow, so that no trap is reachable from it.

/// The order of the bytes of an entry in memory.
@frozen
public enum ByteOrder: UInt8, Sendable {
  case little
  case big
}

extension RawSpan {
  /// The unsigned integer of `byteCount` (4 or 8) bytes at `offset`, or nil if it is not wholly inside.
  @inlinable
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
    return UInt64(truncatingIfNeeded: order == .little ? UInt32(littleEndian: value) : UInt32(bigEndian: value))
  }
}
