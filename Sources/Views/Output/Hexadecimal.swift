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

/// A size, exactly, in the largest unit that needs at most two decimals: `4 KiB`, `1.5 GiB`, `255.25 MiB`.
public func sizeText(_ byteCount: UInt64) -> String {
  let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
  for unit in (1..<units.count).reversed() {
    let size = UInt64(1) << UInt64(10 * unit)
    let (whole, rest) = byteCount.quotientAndRemainder(dividingBy: size)
    // Quarters are the hundredths that a power of two can hold exactly.
    guard whole > 0, rest % (size / 4) == 0 else { continue }
    let decimals = ["", ".25", ".5", ".75"][Int(rest / (size / 4))]
    return "\(whole)\(decimals) \(units[unit])"
  }
  return "\(byteCount) B"
}

/// A page size, which is a name more than a size: `4KiB`, `2MiB`.
public func sizeName(_ byteCount: UInt64) -> String { sizeText(byteCount).replacing(" ", with: "") }

/// A size as a person types it: decimal with K, M, G, T, P or E behind it for powers of 1024, or hexadecimal
/// with `0x`.
public func parseSize(_ text: some StringProtocol) -> UInt64? {
  if text.hasPrefix("0x") || text.hasPrefix("0X") { return parseHexadecimal(text) }
  let digits = text.prefix { $0.isASCII && $0.isNumber }
  guard let number = UInt64(digits) else { return nil }
  let unit = text.dropFirst(digits.count).uppercased()
  if unit.isEmpty || unit == "B" { return number }
  guard let power = "KMGTPE".firstIndex(of: unit[unit.startIndex]),
    ["", "B", "IB"].contains(unit.dropFirst())
  else { return nil }
  let exponent = "KMGTPE".distance(from: "KMGTPE".startIndex, to: power) + 1
  let (size, overflows) = number.multipliedReportingOverflow(by: 1 << UInt64(10 * exponent))
  return overflows ? nil : size
}
