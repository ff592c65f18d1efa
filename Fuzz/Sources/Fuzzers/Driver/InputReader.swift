/// Takes an input apart from its front; what is missing at the end is zero.
struct InputReader {
  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { place >= bytes.count }

  /// A number, lowest byte first.
  mutating func number<Number: FixedWidthInteger & UnsignedInteger>(_ type: Number.Type) -> Number {
    var value: Number = 0
    for index in 0..<(Number.bitWidth / 8) where place < bytes.count {
      value |= Number(truncatingIfNeeded: bytes[place]) << Number(8 * index)
      place += 1
    }
    return value
  }

  /// At most `count` bytes.
  mutating func take(_ count: Int) -> [UInt8] {
    let end = min(bytes.count, place + count)
    defer { place = end }
    return Array(bytes[place..<end])
  }

  /// What is left.
  mutating func rest() -> [UInt8] { take(bytes.count) }
}
