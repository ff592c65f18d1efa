/// Reads a scenario's text. Nothing of a malformed one is run: names of tasks, files and addresses must be
/// known where they are used, and the machine must exist.
public struct ScenarioParser {
  let file: String
  /// The line's tokens that are still to be read.
  var tokens: ArraySlice<Token> = []
  /// What has been named so far.
  var addressNames: Set<String> = []
  var taskNames: Set<String> = []
  var fileNames: Set<String> = []

  /// More text than this is not a scenario.
  static let byteLimit = 16 << 20
  /// `repeat` in `repeat`.
  static let depthLimit = 8

  /// An open `repeat`, or the file itself.
  private struct Block {
    var position: SourcePosition
    var text: String
    var cpu: Int?
    var count: Expression
    var variable: String?
    var statements: [Statement] = []
  }

  private init(file: String) { self.file = file }

  /// Parses `text`.
  ///
  /// - Parameter file: the name for errors.
  public static func parse(_ text: String, file: String) throws(ScenarioError) -> Scenario {
    var parser = ScenarioParser(file: file)
    return try parser.scenario(text)
  }

  /// Parses one line that comes after a scenario: all that it named is known.
  static func statement(_ line: String, after scenario: Scenario) throws(ScenarioError) -> Statement {
    var parser = ScenarioParser(file: "argument")
    parser.addressNames = scenario.addressNames
    parser.taskNames = scenario.taskNames
    parser.tokens = try ScenarioLexer.tokens(of: line[...], line: 1, file: parser.file)[...]
    var blocks = [Block(position: parser.here, text: "", count: .number(1))]
    try parser.statement(on: line[...], into: &blocks)
    guard let statement = blocks[0].statements.first, blocks.count == 1 else {
      throw parser.error("expected an action")
    }
    return statement
  }

  private mutating func scenario(_ text: String) throws(ScenarioError) -> Scenario {
    let top = SourcePosition(line: 1, column: 1)
    guard text.utf8.count <= Self.byteLimit else {
      throw ScenarioError(file: file, position: top, message: "expected at most 16 MiB of text")
    }
    var machine: ProfileRequest?
    var machinePosition = top
    var blocks = [Block(position: top, text: "", count: .number(1))]
    var lineNumber = 0
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      lineNumber += 1
      tokens = try ScenarioLexer.tokens(of: line, line: lineNumber, file: file)[...]
      guard let first = tokens.first, first.kind != .endOfLine else { continue }
      if machine == nil {
        machinePosition = first.position
        machine = try self.machine()
      } else if first.kind == .symbol("}") {
        tokens.removeFirst()
        try expectEnd()
        try close(&blocks, at: first)
      } else {
        try statement(on: line, into: &blocks)
      }
    }
    let end = SourcePosition(line: max(1, lineNumber), column: 1)
    guard let machine else {
      throw ScenarioError(
        file: file, position: end, message: "expected 'machine PROFILE', found the end of the file")
    }
    guard blocks.count == 1 else {
      let start = blocks[blocks.count - 1].position.line
      throw ScenarioError(
        file: file, position: end,
        message: "expected '}' for the repeat of line \(start), found the end of the file")
    }
    return Scenario(
      file: file, machine: machine, machinePosition: machinePosition, statements: blocks[0].statements,
      addressNames: addressNames, taskNames: taskNames)
  }

  private mutating func machine() throws(ScenarioError) -> ProfileRequest {
    try expect(word: "machine", as: "'machine PROFILE' as the first action")
    let position = here
    var text = try word("a machine profile")
    while take(symbol: ",") {
      text += "," + (try word("an option such as ram=512M"))
      if take(symbol: "=") { text += "=" + (try word("the option's value")) }
    }
    try expectEnd()
    do throws(ProfileError) {
      let request = try ProfileRequest(parsing: text)
      _ = try request.profile()
      return request
    } catch {
      throw ScenarioError(file: file, position: position, message: error.description)
    }
  }

  // MARK: Lines

  private mutating func statement(on line: Substring, into blocks: inout [Block]) throws(ScenarioError) {
    let position = here
    let text = Self.withoutComment(line, tokens: tokens)
    let cpu = try cpuPrefix()
    if tokens.first?.kind == .word("repeat") {
      guard blocks.count <= Self.depthLimit else {
        throw error("expected at most \(Self.depthLimit) repeats in each other")
      }
      tokens.removeFirst()
      let count = try amount("how many times")
      var variable: String?
      if take(word: "as") { variable = try newAddressName() }
      try expect(symbol: "{")
      try expectEnd()
      blocks.append(Block(position: position, text: text, cpu: cpu, count: count, variable: variable))
      return
    }
    let action = try action()
    let expected = take(symbol: "=>") ? try outcomes(of: action) : []
    try expectEnd()
    blocks[blocks.count - 1].statements.append(
      Statement(position: position, text: text, cpu: cpu, action: action, expected: expected))
  }

  private mutating func close(_ blocks: inout [Block], at brace: Token) throws(ScenarioError) {
    guard blocks.count > 1, let block = blocks.popLast() else {
      throw ScenarioError(
        file: file, position: brace.position, message: "expected an action, found '}' without a repeat")
    }
    let action = Action.repeat(count: block.count, variable: block.variable, body: block.statements)
    blocks[blocks.count - 1].statements.append(
      Statement(position: block.position, text: block.text, cpu: block.cpu, action: action, expected: []))
  }

  private mutating func cpuPrefix() throws(ScenarioError) -> Int? {
    guard take(word: "cpu") else { return nil }
    let position = here
    let text = try word("a CPU's number")
    guard let number = Int(text), (0..<64).contains(number) else {
      throw error("expected a CPU's number from 0 to 63, found '\(text)'", at: position)
    }
    try expect(symbol: ":")
    return number
  }

  /// The line up to its comment, which begins where the tokens end.
  private static func withoutComment(_ line: Substring, tokens: ArraySlice<Token>) -> String {
    let end = (tokens.last?.position.column ?? 1) - 1
    let start = (tokens.first?.position.column ?? 1) - 1
    var text = line.dropFirst(start).prefix(max(0, end - start))
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  private mutating func outcomes(of action: Action) throws(ScenarioError) -> [ExpectedOutcome] {
    var outcomes: [ExpectedOutcome] = []
    var isAccess = false
    if case .access = action { isAccess = true }
    repeat {
      let position = here
      let outcome = try outcome()
      switch outcome {
      case .error, .locking: break
      default:
        guard isAccess else {
          throw error(
            "expected an error such as ENOMEM, or a rule of locking such as wrong-order: only accesses have "
              + "values and faults", at: position)
        }
      }
      outcomes.append(outcome)
    } while take(symbol: ",")
    return outcomes
  }

  /// A word of ``ExpectedOutcome``, an error's name, or a value.
  mutating func outcome() throws(ScenarioError) -> ExpectedOutcome {
    let what =
      "a value, none, minor, major, vmalloc, SIGSEGV, SIGBUS, oops, oom, an error such as ENOMEM, or "
      + "a rule of locking (\(LockFinding.Kind.allCases.map(\.rawValue).joined(separator: ", ")))"
    if case .word(let text) = tokens.first?.kind {
      if let known = ExpectedOutcome.words.first(where: { $0.word == text }) {
        tokens.removeFirst()
        return known.outcome
      }
      if text.first == "E", text.count > 2, text.allSatisfy({ $0.isUppercase }),
        ScenarioNumber.address(text) == nil
      {
        tokens.removeFirst()
        return .error(text)
      }
    }
    return .value(try address(what))
  }
}
