/// A number in hexadecimal, without `0x`.
func hex(_ value: some BinaryInteger) -> String {
  String(value, radix: 16)
}

extension UInt64 {
  /// A number as QEMU prints it: hexadecimal, with or without `0x`.
  init?(hexadecimal text: some StringProtocol) {
    self.init(text.hasPrefix("0x") ? text.dropFirst(2) : text[...], radix: 16)
  }
}

extension [UInt8] {
  /// The bytes that pairs of hexadecimal digits name; nil if there is anything else.
  init?(hexadecimal text: String) {
    let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count.isMultiple(of: 2), digits.allSatisfy({ $0 != nil }) else { return nil }
    self = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0]! << 4 | digits[$0 + 1]!) }
  }
}
