/// Hexadecimal as the text views print it: lower case, no prefix, at least `width` digits.
public func hexadecimal(_ value: UInt64, width: Int = 0) -> String {
  let digits = String(value, radix: 16)
  return digits.count >= width ? digits : String(repeating: "0", count: width - digits.count) + digits
}

/// Hexadecimal as the JSON contract wants it: lower case with `0x`.
public func prefixedHexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

/// A number typed by a person: hexadecimal, with or without `0x`; underscores may group digits.
public func parseHexadecimal(_ text: some StringProtocol) -> UInt64? {
  var digits = String(text.filter { $0 != "_" })
  if digits.hasPrefix("0x") || digits.hasPrefix("0X") { digits.removeFirst(2) }
  guard !digits.isEmpty, digits.allSatisfy(\.isHexDigit) else { return nil }
  return UInt64(digits, radix: 16)
}

/// A size in the largest unit that divides it: `4 KiB`, `2 MiB`.
public func sizeText(_ byteCount: UInt64) -> String {
  var value = byteCount
  var unit = 0
  let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
  while value != 0, value % 1024 == 0, unit + 1 < units.count {
    value /= 1024
    unit += 1
  }
  return "\(value) \(units[unit])"
}
