import PagewalkKernel

/// Reads "PID HEX" from `length` bytes: blanks around and between, a line's end, 0x before the address.
///
/// - Returns: 0, or -EINVAL for anything else, numbers that are too large included.
// swift-format-ignore: AlwaysUseLowerCamelCase
@c public func pagewalk_parse(
  _ text: UnsafePointer<CChar>, _ length: UInt32, _ pid: UnsafeMutablePointer<Int32>,
  _ address: UnsafeMutablePointer<UInt64>
) -> Int32 {
  let invalid: Int32 = -22  // EINVAL
  var request = Request(text: text, length: length)
  request.skipBlanks()
  guard let number = request.number(radix: 10), number <= 0x7fff_ffff else { return invalid }
  guard request.skipBlanks() else { return invalid }
  request.skipPrefix()
  guard let value = request.number(radix: 16) else { return invalid }
  request.skipBlanks()
  guard request.isAtEnd else { return invalid }
  pid.pointee = Int32(truncatingIfNeeded: number)
  address.pointee = value
  return 0
}

/// A cursor over the text of a request.
private struct Request {
  let text: UnsafePointer<CChar>
  let length: UInt32
  var index: UInt32 = 0

  var isAtEnd: Bool { index >= length }

  /// The byte at the cursor; 0 at the end.
  var byte: UInt8 {
    index < length ? UInt8(bitPattern: (text + Int(truncatingIfNeeded: index)).pointee) : 0
  }

  /// Whether there were any.
  @discardableResult
  mutating func skipBlanks() -> Bool {
    let start = index
    while byte == 0x20 || byte == 0x09 || byte == 0x0a { index &+= 1 }
    return index != start
  }

  /// Skips `0x`.
  mutating func skipPrefix() {
    guard byte == 0x30 else { return }
    index &+= 1
    if byte | 0x20 == 0x78 { index &+= 1 } else { index &-= 1 }
  }

  /// At least one digit; nil if there is none, or more than 64 bits.
  mutating func number(radix: UInt64) -> UInt64? {
    var value: UInt64 = 0
    let start = index
    while let digit = digit, digit < radix {
      let limit: UInt64 = radix == 16 ? 0x0fff_ffff_ffff_ffff : 0x0ccc_cccc_cccc_cccc
      guard value <= limit else { return nil }
      value = (radix == 16 ? value &<< 4 : (value &<< 3) &+ (value &<< 1)) &+ digit
      index &+= 1
    }
    return index != start ? value : nil
  }

  private var digit: UInt64? {
    switch byte {
    case 0x30...0x39: UInt64(byte &- 0x30)
    case 0x41...0x46: UInt64(byte &- 0x41 &+ 10)
    case 0x61...0x66: UInt64(byte &- 0x61 &+ 10)
    default: nil
    }
  }
}
