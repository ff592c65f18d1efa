/// Cuts a line of a scenario into tokens.
///
/// A word may hold `-`, `.` and `/` between its letters and digits, so that `x86-64` and `lib/libc.so` are
/// one; a range's two dots and a minus with spaces around it are symbols.
struct ScenarioLexer {
  let file: String
  private let line: Int
  private let characters: [Character]
  private var index = 0

  private init(_ text: Substring, line: Int, file: String) {
    characters = Array(text)
    self.line = line
    self.file = file
  }

  /// The tokens of `text`, the last being `endOfLine`; only that one for an empty line or a comment.
  static func tokens(
    of text: Substring, line: Int, file: String
  ) throws(ScenarioError) -> [Token] {
    var lexer = ScenarioLexer(text, line: line, file: file)
    var tokens: [Token] = []
    repeat { tokens.append(try lexer.next()) } while tokens.last?.kind != .endOfLine
    return tokens
  }

  private var position: SourcePosition { SourcePosition(line: line, column: index + 1) }

  private func character(_ offset: Int = 0) -> Character? {
    index + offset < characters.count ? characters[index + offset] : nil
  }

  private mutating func next() throws(ScenarioError) -> Token {
    while let space = character(), space.isWhitespace { index += 1 }
    let start = position
    guard let first = character(), first != "#" else { return Token(kind: .endOfLine, position: start) }
    if first == "\"" { return Token(kind: .string(try string()), position: start) }
    if Self.isWordCharacter(first) { return Token(kind: .word(word()), position: start) }
    for symbol in ["..", "=>", "=", ",", ":", "{", "}", "+", "-", "*", "@"] {
      let end = index + symbol.count
      guard end <= characters.count, String(characters[index..<end]) == symbol else { continue }
      index = end
      return Token(kind: .symbol(symbol), position: start)
    }
    throw ScenarioError(
      file: file, position: start, message: "expected an action or its arguments, found '\(first)'")
  }

  private static func isWordCharacter(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber) || character == "_"
  }

  private mutating func word() -> String {
    let start = index
    while let here = character() {
      let isJoint = here == "-" || here == "." || here == "/"
      let isFollowed = character(1).map(Self.isWordCharacter) ?? false
      guard Self.isWordCharacter(here) || isJoint && isFollowed else { break }
      index += 1
    }
    return String(characters[start..<index])
  }

  private mutating func string() throws(ScenarioError) -> String {
    let start = position
    index += 1
    var text = ""
    while let here = character() {
      index += 1
      if here == "\"" { return text }
      if here == "\\", let escaped = character(), escaped == "\"" || escaped == "\\" {
        text.append(escaped)
        index += 1
      } else {
        text.append(here)
      }
    }
    throw ScenarioError(
      file: file, position: start, message: "expected '\"' at the end of the text, found the end of the line")
  }
}
