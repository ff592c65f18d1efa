extension [UInt8] {
  /// The bytes of integers, one after the other, least significant first.
  init<Integer: FixedWidthInteger>(littleEndian values: [Integer]) {
    self.init()
    reserveCapacity(values.count * Integer.bitWidth / 8)
    for value in values {
      for shift in stride(from: 0, to: Integer.bitWidth, by: 8) {
        append(UInt8(truncatingIfNeeded: value >> shift))
      }
    }
  }

  /// The integers that these bytes are, least significant byte first; an incomplete last one is dropped.
  func littleEndian<Integer: FixedWidthInteger>(as type: Integer.Type) -> [Integer] {
    let width = Integer.bitWidth / 8
    return stride(from: 0, to: count - count % width, by: width).map { start in
      self[start..<start + width].reversed().reduce(0) { $0 << 8 | Integer($1) }
    }
  }
}
