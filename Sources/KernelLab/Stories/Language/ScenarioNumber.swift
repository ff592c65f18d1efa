/// Numbers as scenarios write them.
enum ScenarioNumber {
  /// An address: hexadecimal, with or without `0x`; `_` may group digits.
  static func address(_ text: String) -> UInt64? {
    let digits = text.hasPrefix("0x") ? text.dropFirst(2) : text[...]
    return UInt64(digits.filter { $0 != "_" }, radix: 16)
  }

  /// A size or count: decimal with K, M, G or T for powers of 1024, or hexadecimal with `0x`.
  static func size(_ text: String) -> UInt64? {
    if text.hasPrefix("0x") { return UInt64(text.dropFirst(2), radix: 16) }
    let shifts: [Character: UInt64] = ["K": 10, "M": 20, "G": 30, "T": 40]
    let shift = text.last.flatMap { shifts[$0] }
    let digits = shift == nil ? text[...] : text.dropLast()
    guard digits.allSatisfy(\.isNumber), let number = UInt64(digits), number <= .max >> (shift ?? 0) else {
      return nil
    }
    return number << (shift ?? 0)
  }
}
