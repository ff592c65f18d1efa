/// Puts fields one after the other, as a compiler does, with gaps.
struct FieldPlacer {
  let wordByteCount: Int
  private var end = 0

  init(wordByteCount: Int) { self.wordByteCount = wordByteCount }

  /// The size of the structure: a whole number of words.
  var byteCount: Int { (end + wordByteCount - 1) / wordByteCount * wordByteCount }

  /// Leaves out up to `limit` words.
  mutating func skip(upTo limit: Int, using generator: inout some RandomNumberGenerator) {
    guard limit > 0 else { return }
    align(to: wordByteCount)
    end += Int.random(in: 0...limit, using: &generator) * wordByteCount
  }

  mutating func place(words: Int) -> Int { place(bytes: words * wordByteCount, alignment: wordByteCount) }

  mutating func place(bytes: Int) -> Int {
    // 8 bytes are two 32-bit numbers or one of 64 bits, which Linux aligns like a word on x86 and to 8 on ARM.
    place(bytes: bytes, alignment: min(bytes, wordByteCount))
  }

  private mutating func place(bytes: Int, alignment: Int) -> Int {
    align(to: alignment)
    let offset = end
    end += bytes
    return offset
  }

  private mutating func align(to alignment: Int) { end = (end + alignment - 1) / alignment * alignment }
}
