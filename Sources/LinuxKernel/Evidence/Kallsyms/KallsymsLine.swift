/// Room to expand one name in, used again for each.
struct KallsymsLine {
  /// `KSYM_NAME_LEN` is 512 since Linux 6.1, and was 128.
  private static let limit = 1024

  private(set) var bytes = [UInt8](repeating: 0, count: limit)
  private(set) var count = 0
  /// That of the name, without the type's letter in front of it.
  private(set) var hash: UInt32 = 0
  private let starts: [Int]
  private let text: [UInt8]

  init(tokens: KallsymsTokens) {
    starts = tokens.starts
    text = tokens.text
  }

  /// Expands the tokens of a name; false if it is longer than names are.
  mutating func expand(_ source: [UInt8], _ name: Range<Int>) -> Bool {
    count = 0
    hash = SymbolTableBuilder.emptyHash
    for place in name {
      var index = starts[Int(source[place])]
      while text[index] != 0 {
        guard count < Self.limit else { return false }
        let byte = text[index]
        if count > 0 { SymbolTableBuilder.add(byte, to: &hash) }
        bytes[count] = byte
        count += 1
        index += 1
      }
    }
    return true
  }
}
