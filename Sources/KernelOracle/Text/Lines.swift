/// The lines of a text; a last one without an end counts.
struct Lines {
  private let bytes: [UInt8]
  private var position = 0
  private var line = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func next() -> LineScanner? {
    guard position < bytes.count else { return nil }
    var end = position
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
    defer { position = end + 1 }
    line += 1
    return LineScanner(bytes, range: position..<end, line: line)
  }
}

extension LineScanner {
  /// The next byte.
  var first: UInt8? { isAtEnd ? nil : byte }

  /// Whether nothing is left but this word.
  func holds(_ word: String) -> Bool {
    var copy = self
    return copy.rest() == word
  }
}
