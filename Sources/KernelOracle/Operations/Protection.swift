/// What may be done with memory: `PROT_*`. In text three letters, as in `/proc/PID/maps`; bits beyond them
/// follow as `+` and a hexadecimal number.
public struct Protection: OptionSet, Hashable, Sendable {
  public var rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let read = Protection(rawValue: 1)
  public static let write = Protection(rawValue: 2)
  public static let execute = Protection(rawValue: 4)

  /// The exact text form.
  public var text: String {
    let letters =
      (contains(.read) ? "r" : "-") + (contains(.write) ? "w" : "-") + (contains(.execute) ? "x" : "-")
    return rawValue > 7 ? letters + "+" + (rawValue & ~7).hexadecimal : letters
  }

  /// A protection from its text, or nil.
  public init?(text: some StringProtocol) {
    let bytes = Array(text.utf8)
    guard bytes.count >= 3 else { return nil }
    var bits: UInt32 = 0
    for (index, letter) in "rwx".utf8.enumerated() {
      if bytes[index] == letter {
        bits |= 1 << UInt32(index)
      } else if bytes[index] != UInt8(ascii: "-") {
        return nil
      }
    }
    if bytes.count > 3 {
      guard bytes[3] == UInt8(ascii: "+"),
        let more = LineScanner.number(in: bytes, 4..<bytes.count, radix: 16),
        let more = UInt32(exactly: more),
        more > 7, more & 7 == 0
      else { return nil }
      bits |= more
    }
    self.init(rawValue: bits)
  }
}
