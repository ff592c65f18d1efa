public import PageTables

/// Physical memory written down as text, for tables that a reader can follow:
///
/// ```
/// 1000: 2067          ; pgd 0 -> pud
/// 1ff8: 3067 4067     ; two entries in a row
/// ```
///
/// Addresses and little-endian entries are hexadecimal, `0x` is optional, and `;` starts a comment. A page
/// that is named exists and is zero where nothing is said; all others are outside RAM.
public struct TextMemory: PhysicalMemory {
  /// Why a text is no memory, with the line's number.
  public struct ParseError: Error, CustomStringConvertible {
    public let line: Int
    public let description: String
  }

  private var pages: [UInt64: [UInt8]] = [:]

  /// - Parameter entryByteCount: the bytes of an entry.
  public init(_ text: String, entryByteCount: Int = 8) throws(ParseError) {
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let content = line.prefix { $0 != ";" }
      if content.allSatisfy(\.isWhitespace) { continue }
      let halves = content.split(separator: ":", maxSplits: 1)
      guard halves.count == 2, var address = Self.number(halves[0]) else {
        throw ParseError(line: index + 1, description: "line \(index + 1): no `address: entry`")
      }
      for word in halves[1].split(whereSeparator: \.isWhitespace) {
        guard let entry = Self.number(word) else {
          throw ParseError(line: index + 1, description: "line \(index + 1): `\(word)` is no number")
        }
        store(entry, at: address, byteCount: entryByteCount)
        address &+= UInt64(entryByteCount)
      }
    }
  }

  private static func number(_ text: Substring) -> UInt64? {
    let trimmed = text.filter { !$0.isWhitespace && $0 != "_" }
    return UInt64(trimmed.hasPrefix("0x") ? trimmed.dropFirst(2) : trimmed[...], radix: 16)
  }

  private mutating func store(_ entry: UInt64, at address: UInt64, byteCount: Int) {
    for index in 0..<UInt64(byteCount) {
      let byte = address &+ index
      pages[byte >> 12, default: [UInt8](repeating: 0, count: 4096)][Int(byte & 0xfff)] =
        UInt8(truncatingIfNeeded: entry >> (8 * index))
    }
  }

  public borrowing func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0, count <= 1 << 20 else { throw .unreadable }
    var bytes: [UInt8] = []
    for index in 0..<UInt64(count) {
      let byte = address.rawValue &+ index
      guard let page = pages[byte >> 12] else { throw .outsideRAM }
      bytes.append(page[Int(byte & 0xfff)])
    }
    return body(bytes.span.bytes)
  }
}
