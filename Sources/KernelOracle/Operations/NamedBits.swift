/// Bits of a system call's argument, with the kernel's names for them in lower case. In text they stand with
/// commas between; bits without a name follow as a hexadecimal number; none at all is `-`.
public protocol NamedBits: OptionSet, Hashable, Sendable where RawValue == UInt32 {
  /// No name may be a hexadecimal number.
  static var names: [(name: String, bits: UInt32)] { get }
  init(rawValue: UInt32)
}

extension NamedBits {
  /// The exact text form.
  public var text: String {
    guard rawValue != 0 else { return "-" }
    var left = rawValue
    var words: [String] = []
    for (name, bits) in Self.names where left & bits == bits {
      words.append(name)
      left &= ~bits
    }
    if left != 0 { words.append(left.hexadecimal) }
    return words.joined(separator: ",")
  }

  /// Bits from their text; nil if a word is neither a name nor a hexadecimal number below 2^32.
  public init?(text: some StringProtocol) {
    var bits: UInt32 = 0
    if text != "-" {
      for word in text.split(separator: ",", omittingEmptySubsequences: false) {
        if let named = Self.names.first(where: { $0.name == word }) {
          bits |= named.bits
        } else {
          let digits = Array(word.utf8)
          guard let number = LineScanner.number(in: digits, 0..<digits.count, radix: 16),
            let exact = UInt32(exactly: number)
          else { return nil }
          bits |= exact
        }
      }
    }
    self.init(rawValue: bits)
  }
}
