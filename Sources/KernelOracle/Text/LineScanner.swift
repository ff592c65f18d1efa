/// Words and numbers of one line, separated by single spaces; says where it stands when something is wrong.
struct LineScanner {
  private let bytes: [UInt8]
  private let range: Range<Int>
  let line: Int
  /// Where the next word begins, and where the last one began.
  private(set) var position: Int
  private var wordStart: Int

  init(_ bytes: [UInt8], range: Range<Int>, line: Int) {
    self.bytes = bytes
    self.range = range
    self.line = line
    position = range.lowerBound
    wordStart = range.lowerBound
  }

  /// A line from its beginning again.
  init(from scanner: LineScanner) {
    self.init(scanner.bytes, range: scanner.range, line: scanner.line)
  }

  /// A line by itself.
  init(_ text: String, line: Int = 1) {
    let bytes = Array(text.utf8)
    self.init(bytes, range: 0..<bytes.count, line: line)
  }

  var isAtEnd: Bool { position >= range.upperBound }

  /// The byte at the position, which is not the end.
  var byte: UInt8 { bytes[position] }

  /// The error that the last word is wrong.
  func error(_ problem: String) -> TextError {
    TextError(line: line, column: wordStart - range.lowerBound + 1, problem: problem)
  }

  /// The bytes of the next word.
  mutating func wordRange(_ what: String) throws(TextError) -> Range<Int> {
    wordStart = position
    var end = position
    while end < range.upperBound, bytes[end] != UInt8(ascii: " ") { end += 1 }
    guard end > position else {
      throw error(position >= range.upperBound ? "\(what) is missing" : "one space is enough before \(what)")
    }
    // A space must be followed by a word.
    guard end + 1 != range.upperBound else {
      wordStart = end
      throw error("a space at the line's end")
    }
    position = min(end + 1, range.upperBound)
    return wordStart..<end
  }

  mutating func word(_ what: String) throws(TextError) -> String {
    String(decoding: bytes[try wordRange(what)], as: UTF8.self)
  }

  /// A number without sign or prefix.
  mutating func number(_ what: String, radix: UInt64) throws(TextError) -> UInt64 {
    let range = try wordRange(what)
    guard let value = Self.number(in: bytes, range, radix: radix) else {
      throw error("\(what) must be a \(radix == 16 ? "hexadecimal" : "decimal") number below 2^64")
    }
    return value
  }

  mutating func hexadecimal(_ what: String) throws(TextError) -> UInt64 { try number(what, radix: 16) }

  /// A decimal number of a range.
  mutating func decimal(_ what: String, in allowed: ClosedRange<Int>) throws(TextError) -> Int {
    let value = try number(what, radix: 10)
    guard let value = Int(exactly: value), allowed.contains(value) else {
      throw error("\(what) must be \(allowed.lowerBound) to \(allowed.upperBound)")
    }
    return value
  }

  /// A decimal number that fits its type.
  mutating func decimal<T: FixedWidthInteger>(_ what: String, as type: T.Type) throws(TextError) -> T {
    let value = try number(what, radix: 10)
    guard let value = T(exactly: value) else { throw error("\(what) must be at most \(T.max)") }
    return value
  }

  /// An address and a value: `ADDRESS:VALUE`, both hexadecimal.
  mutating func pair(_ what: String) throws(TextError) -> (UInt64, UInt64) {
    let range = try wordRange(what)
    guard let colon = bytes[range].firstIndex(of: UInt8(ascii: ":")),
      let first = Self.number(in: bytes, range.lowerBound..<colon, radix: 16),
      let second = Self.number(in: bytes, colon + 1..<range.upperBound, radix: 16)
    else { throw error("\(what) must be two hexadecimal numbers with a colon between") }
    return (first, second)
  }

  /// Whatever is left of the line.
  mutating func rest() -> String {
    defer { position = range.upperBound }
    wordStart = position
    return String(decoding: bytes[position..<range.upperBound], as: UTF8.self)
  }

  func end() throws(TextError) {
    guard isAtEnd else {
      throw TextError(line: line, column: position - range.lowerBound + 1, problem: "too many words")
    }
  }

  static func number(in bytes: [UInt8], _ range: Range<Int>, radix: UInt64) -> UInt64? {
    guard !range.isEmpty else { return nil }
    var value: UInt64 = 0
    for index in range {
      let digit: UInt64
      switch bytes[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt64(bytes[index] - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt64(bytes[index] - UInt8(ascii: "a")) + 10
      default: return nil
      }
      guard digit < radix else { return nil }
      let (product, high) = value.multipliedReportingOverflow(by: radix)
      let (sum, carry) = product.addingReportingOverflow(digit)
      guard !high, !carry else { return nil }
      value = sum
    }
    return value
  }
}
