extension ScenarioParser {
  /// Where the next token is.
  var here: SourcePosition { tokens.first?.position ?? SourcePosition(line: 1, column: 1) }

  func error(_ message: String, at position: SourcePosition? = nil) -> ScenarioError {
    ScenarioError(file: file, position: position ?? here, message: message)
  }

  /// The error for a token that is not what it should be.
  func unexpected(_ expected: String) -> ScenarioError {
    error("expected \(expected), found \(tokens.first?.description ?? "nothing")")
  }

  mutating func take(word: String) -> Bool {
    guard tokens.first?.kind == .word(word) else { return false }
    tokens.removeFirst()
    return true
  }

  mutating func take(symbol: String) -> Bool {
    guard tokens.first?.kind == .symbol(symbol) else { return false }
    tokens.removeFirst()
    return true
  }

  mutating func expect(word: String, as what: String? = nil) throws(ScenarioError) {
    guard take(word: word) else { throw unexpected(what ?? "'\(word)'") }
  }

  mutating func expect(symbol: String) throws(ScenarioError) {
    guard take(symbol: symbol) else { throw unexpected("'\(symbol)'") }
  }

  mutating func expectEnd() throws(ScenarioError) {
    guard tokens.first?.kind == .endOfLine else { throw unexpected("the end of the line") }
  }

  mutating func word(_ what: String) throws(ScenarioError) -> String {
    guard case .word(let text) = tokens.first?.kind else { throw unexpected(what) }
    tokens.removeFirst()
    return text
  }

  mutating func text(_ what: String) throws(ScenarioError) -> String {
    guard case .string(let text) = tokens.first?.kind else { throw unexpected(what) }
    tokens.removeFirst()
    return text
  }

  /// One of a list of words.
  mutating func choice<Value: CaseIterable & RawRepresentable<String>>(
    _ type: Value.Type, _ what: String
  ) throws(ScenarioError) -> Value {
    if case .word(let text) = tokens.first?.kind, let value = Value(rawValue: text) {
      tokens.removeFirst()
      return value
    }
    throw unexpected("\(what): " + Value.allCases.map(\.rawValue).joined(separator: ", "))
  }

  // MARK: Numbers

  /// An address: hexadecimal or a name, then sizes that are added or taken away.
  mutating func address(_ what: String) throws(ScenarioError) -> Expression {
    var value = try addressTerm(what)
    while let sign = takeSign() { value = sign(value, try product("a size")) }
    return value
  }

  /// A size or count: decimal with K, M, G, T, or a name; with `+`, `-`, `*`.
  mutating func amount(_ what: String) throws(ScenarioError) -> Expression {
    var value = try product(what)
    while let sign = takeSign() { value = sign(value, try product(what)) }
    return value
  }

  /// `A..B` or `A+SIZE`; of several sizes the last is the range's.
  mutating func range() throws(ScenarioError) -> RangeExpression {
    let start = try addressTerm("a range of addresses, A..B or A+SIZE,")
    var value = start
    var last: Expression?
    while true {
      if take(symbol: "..") {
        if let last { value = .sum(value, last) }
        return RangeExpression(start: value, extent: .end(try address("the address behind the range")))
      }
      guard take(symbol: "+") else { break }
      if let last { value = .sum(value, last) }
      last = try product("a size")
    }
    guard let last else { throw unexpected("'..' or '+' and a size") }
    return RangeExpression(start: value, extent: .byteCount(last))
  }

  private mutating func takeSign() -> ((Expression, Expression) -> Expression)? {
    if take(symbol: "+") { return { .sum($0, $1) } }
    if take(symbol: "-") { return { .difference($0, $1) } }
    return nil
  }

  private mutating func addressTerm(_ what: String) throws(ScenarioError) -> Expression {
    guard case .word(let text) = tokens.first?.kind else { throw unexpected(what) }
    if addressNames.contains(text) {
      tokens.removeFirst()
      return .name(text)
    }
    guard let number = ScenarioNumber.address(text) else {
      throw unexpected("\(what): hexadecimal, or a name that was given before")
    }
    tokens.removeFirst()
    return .number(number)
  }

  private mutating func product(_ what: String) throws(ScenarioError) -> Expression {
    var value = try factor(what)
    while take(symbol: "*") { value = .product(value, try factor(what)) }
    return value
  }

  private mutating func factor(_ what: String) throws(ScenarioError) -> Expression {
    guard case .word(let text) = tokens.first?.kind else { throw unexpected(what) }
    if addressNames.contains(text) {
      tokens.removeFirst()
      return .name(text)
    }
    guard let number = ScenarioNumber.size(text) else {
      throw unexpected("\(what): a number, with K, M, G or T if need be, or a name that was given before")
    }
    tokens.removeFirst()
    return .number(number)
  }

  // MARK: Names

  /// A new name of an address or a counter: none that could be read as a number.
  mutating func newAddressName() throws(ScenarioError) -> String {
    let position = here
    let name = try word("a new name")
    guard ScenarioNumber.address(name) == nil, ScenarioNumber.size(name) == nil, name != "any" else {
      throw error(
        "expected a new name, found '\(name)', which is a number or a word of the language", at: position)
    }
    addressNames.insert(name)
    return name
  }

  /// A name that was given to an address before.
  mutating func knownAddressName(_ what: String) throws(ScenarioError) -> String {
    guard case .word(let name) = tokens.first?.kind, addressNames.contains(name) else {
      throw unexpected(what)
    }
    tokens.removeFirst()
    return name
  }

  /// A new task's name: no number, not `kernel`.
  mutating func newTaskName() throws(ScenarioError) -> String {
    let position = here
    let name = try word("a new task's name")
    guard Int(name) == nil, name != "kernel", name.utf8.count <= 15 else {
      throw error("expected a new task's name of at most 15 letters, found '\(name)'", at: position)
    }
    taskNames.insert(name)
    return name
  }

  /// A task: a PID, or a name that was given before.
  mutating func task() throws(ScenarioError) -> TaskReference {
    let actor = try actor()
    guard actor != .kernel else { throw error("expected a process, found 'kernel'") }
    return actor
  }

  /// A task or the kernel.
  mutating func actor() throws(ScenarioError) -> TaskReference {
    guard case .word(let text) = tokens.first?.kind else { throw unexpected("a task: a PID or a name") }
    if text == "kernel" {
      tokens.removeFirst()
      return .kernel
    }
    if taskNames.contains(text) {
      tokens.removeFirst()
      return .name(text)
    }
    guard let pid = Int(text), pid > 0 else {
      throw unexpected("a task: a PID, or a name that spawn or fork gave before")
    }
    tokens.removeFirst()
    return .pid(pid)
  }
}
