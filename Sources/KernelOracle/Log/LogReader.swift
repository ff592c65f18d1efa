/// Reads what a ``LogWriter``, or the recorder of a guest, has written: observation by observation, each with
/// the full state again.
public struct LogReader: Sendable {
  public let conditions: Conditions
  private var lines: Lines
  /// The line that begins the next observation.
  private var pending: LineScanner?
  private var states: [ProcessState] = []
  private var hasBegun = false

  /// Reads the head of a log.
  public init(_ bytes: [UInt8]) throws(TextError) {
    lines = Lines(bytes)
    guard let first = lines.next(), first.holds(LogWriter.magic) else {
      throw TextError(line: 1, column: 1, problem: "a log begins with '\(LogWriter.magic)'")
    }
    var parser = ConditionsParser()
    var end = 2
    while var line = lines.next() {
      end = line.line
      if try !parser.take(&line) {
        pending = line
        break
      }
    }
    conditions = try parser.finished(line: end)
  }

  public init(text: String) throws(TextError) { try self.init(Array(text.utf8)) }

  /// The next observation; one without a step begins a program. nil at the end.
  ///
  /// After an error the reader must not be used further.
  public mutating func next() throws(TextError) -> Observation? {
    guard var head = pending ?? lines.next() else { return nil }
    pending = nil
    var step: Observation.Step?
    switch try head.word("an item") {
    case "program":
      try head.end()
      states = []
      hasBegun = true
    case "operation":
      guard hasBegun else { throw head.error("no program has begun") }
      step = try self.step(&head)
    default: throw head.error("'program' or 'operation' is wanted here")
    }
    var unseen = false
    var changes = Changes(states)
    while var line = lines.next() {
      switch try line.word("an item") {
      case "program", "operation":
        pending = LineScanner(from: line)
      case "unseen":
        try line.end()
        unseen = true
        continue
      case "stopped":
        let reason = line.rest()
        throw line.error("the recorder stopped here: \(reason)")
      default:
        try changes.take(LineScanner(from: line))
        continue
      }
      break
    }
    if unseen { return Observation(step: step, processes: nil) }
    states = changes.finished()
    return Observation(step: step, processes: states)
  }

  private mutating func step(_ head: inout LineScanner) throws(TextError) -> Observation.Step {
    let operation = try MemoryOperation(&head)
    guard var line = lines.next() else {
      throw TextError(line: head.line + 1, column: 1, problem: "the operation's result is missing")
    }
    guard try line.word("'result'") == "result" else {
      var line = line
      let said = line.rest()
      throw line.error("the operation's result is wanted here, not \(said.prefix(80))")
    }
    let outcome = try Outcome(&line)
    try line.end()
    return Observation.Step(operation: operation, outcome: outcome)
  }
}
