public import PageTables

// Stores of entries. `unsafe` stands behind a bounds check of its own, as in the core's loads: the checked
// store would trap instead.

extension WritableMemory where Self: ~Copyable {
  /// Writes one entry of `byteCount` (4 or 8) bytes at `address`.
  ///
  /// - Throws: `MemoryFault.unreadable` for another `byteCount`, else what the memory answers.
  @inlinable @inline(__always)
  public mutating func store(
    entry: UInt64, byteCount: Int, order: ByteOrder, at address: PhysicalAddress
  ) throws(MemoryFault) {
    let isStored = try withMutableBytes(at: address, count: byteCount) { bytes in
      bytes.store(entry: entry, atByteOffset: 0, byteCount: byteCount, order: order)
    }
    guard isStored else { throw .unreadable }
  }

  /// Reads one entry of `byteCount` (4 or 8) bytes at `address`.
  @inlinable @inline(__always)
  public borrowing func load(
    byteCount: Int, order: ByteOrder, at address: PhysicalAddress
  ) throws(MemoryFault) -> UInt64 {
    let entry = try withBytes(at: address, count: byteCount) { bytes in
      bytes.entry(atByteOffset: 0, byteCount: byteCount, order: order)
    }
    guard let entry else { throw .unreadable }
    return entry
  }

  /// Fills `count` bytes at `address` with zeros.
  public mutating func zero(at address: PhysicalAddress, count: Int) throws(MemoryFault) {
    try withMutableBytes(at: address, count: count) { bytes in
      bytes.zero()
    }
  }
}

extension MutableRawSpan {
  /// Writes one entry of `byteCount` (4 or 8) bytes at `offset`; false, and nothing written, if it is not
  /// wholly inside or the size is another.
  @inlinable @inline(__always)
  public mutating func store(
    entry: UInt64, atByteOffset offset: Int, byteCount: Int, order: ByteOrder
  ) -> Bool {
    guard offset >= 0, offset <= self.byteCount &- byteCount else { return false }
    if byteCount == 8 {
      let value = order == .little ? entry.littleEndian : entry.bigEndian
      // Sound: offset + 8 <= byteCount was checked, and an integer has no invalid bit pattern.
      unsafe storeBytes(of: value, toUncheckedByteOffset: offset, as: UInt64.self)
      return true
    }
    guard byteCount == 4 else { return false }
    let value = UInt32(truncatingIfNeeded: entry)
    // Sound: offset + 4 <= byteCount was checked, and an integer has no invalid bit pattern.
    unsafe storeBytes(
      of: order == .little ? value.littleEndian : value.bigEndian, toUncheckedByteOffset: offset,
      as: UInt32.self)
    return true
  }

  /// Makes every byte zero.
  public mutating func zero() {
    unsafe withUnsafeMutableBytes { bytes in
      // Sound: the buffer is this span's own, and bytes have no invalid pattern.
      _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }
  }
}
