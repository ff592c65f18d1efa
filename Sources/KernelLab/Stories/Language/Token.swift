/// A piece of a scenario's line.
struct Token: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    /// Letters, digits, and what joins them: names, numbers, options.
    case word(String)
    /// Text in quotes.
    case string(String)
    /// `..`, `=>`, `=`, `,`, `:`, `{`, `}`, `+`, `-`, `*`, `@`.
    case symbol(String)
    case endOfLine
  }

  var kind: Kind
  var position: SourcePosition

  /// As an error names it.
  var description: String {
    switch kind {
    case .word(let text), .symbol(let text): "'\(text)'"
    case .string(let text): "\"\(text)\""
    case .endOfLine: "the end of the line"
    }
  }
}
