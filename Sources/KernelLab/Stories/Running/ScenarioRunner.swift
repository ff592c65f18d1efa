import PageTables

/// Runs a scenario on a machine of its own, line by line.
///
/// The same scenario gives the same records and the same RAM. What is kept is bounded by the machine's RAM
/// and the scenario's text, however often a `repeat` runs.
public struct ScenarioRunner: ~Copyable {
  /// What is recorded beside the results. Both cost time for every line.
  public struct Options: Sendable {
    /// What each line changed in the machine.
    public var recordsChanges: Bool
    /// How each line came to its result, as if the scenario said `explain on`.
    public var explains: Bool
    /// How many actions may run, those in repeats each time: for scenarios of strangers.
    public var actionLimit: UInt64

    public init(recordsChanges: Bool = false, explains: Bool = false, actionLimit: UInt64 = .max) {
      self.recordsChanges = recordsChanges
      self.explains = explains
      self.actionLimit = actionLimit
    }
  }

  public let scenario: Scenario
  public internal(set) var machine: Machine
  let options: Options
  /// What `let`, `as`, `vmalloc` and `kmap` named.
  var addresses: [String: UInt64] = [:]
  var taskPIDs: [String: Int] = [:]
  var files: [String: FileObject] = [:]
  /// What `begin` began.
  var operations: [String: VmallocOperation] = [:]
  var explains: Bool
  /// The last access, for `expect fault`.
  var lastAccess: AccessReport?
  /// Inside `repeat`: only what goes wrong is told.
  var isQuiet = false
  /// The errno name that the last call failed with.
  var failedCall: String?
  private var nextStatement = 0
  var recordCount = 0
  /// How many actions have run, those in repeats each time; how many statements were checked, and not met.
  public internal(set) var actionCount: UInt64 = 0
  public internal(set) var checkCount: UInt64 = 0
  public internal(set) var failureCount: UInt64 = 0

  /// Boots the scenario's machine.
  public init(_ scenario: Scenario, options: Options = Options()) throws(ScenarioError) {
    self.scenario = scenario
    self.options = options
    explains = options.explains
    do {
      machine = try Machine.boot(try scenario.machine.profile())
    } catch {
      throw ScenarioError(
        file: scenario.file, position: scenario.machinePosition,
        message: "the machine does not boot: \(error)")
    }
  }

  public var isFinished: Bool { nextStatement == scenario.statements.count }
  /// The line that runs next.
  public var upcoming: Statement? { isFinished ? nil : scenario.statements[nextStatement] }

  /// Runs one line; nil at the end.
  ///
  /// - Throws: if the line cannot be done: a PID that nobody has, a frame too many. A statement that is not
  ///   met is no error but a check in the record.
  public mutating func step() throws(ScenarioError) -> ActionRecord? {
    guard let statement = upcoming else { return nil }
    nextStatement += 1
    return try run(statement, recordsChanges: options.recordsChanges)
  }

  private mutating func run(
    _ statement: Statement, recordsChanges: Bool
  ) throws(ScenarioError) -> ActionRecord {
    recordCount += 1
    var record = ActionRecord(number: recordCount, statement: statement)
    let recorder = recordsChanges ? ChangeRecorder(&machine) : nil
    let counters = machine.counters
    machine.log.clear()
    machine.log.isRecording = explains
    try perform(statement, into: &record)
    if let recorder { record.changes = recorder.changes(&machine) }
    if explains, machine.log.isRecording {
      record.explanation = Explanation(machine.log.events, profile: machine.profile).lines
      let moved = machine.counters.changes(since: counters).map { "\($0.name) +\($0.difference)" }
      if !moved.isEmpty { record.explanation.append("counters: " + moved.joined(separator: ", ")) }
      machine.log.clear()
    }
    return record
  }

  /// Runs one more line, given as text, with everything about it recorded.
  public mutating func explain(_ line: String) throws(ScenarioError) -> ActionRecord {
    let statement = try ScenarioParser.statement(line, after: scenario)
    let wasExplaining = explains
    explains = true
    defer { explains = wasExplaining }
    return try run(statement, recordsChanges: true)
  }

  /// Runs what is left.
  public mutating func run(_ body: (ActionRecord) throws -> Void = { _ in }) throws {
    while let record = try step() { try body(record) }
  }

  /// Runs one line and checks what is expected of it.
  mutating func perform(_ statement: Statement, into record: inout ActionRecord) throws(ScenarioError) {
    guard actionCount < options.actionLimit else {
      throw ScenarioError(
        file: scenario.file, position: statement.position,
        message: "the limit of \(options.actionLimit) actions is reached; `pagewalk lab run` has none")
    }
    actionCount &+= 1
    if case .repeat(let count, let variable, let body) = statement.action {
      return try `repeat`(count.value(addresses), variable: variable, body: body, into: &record)
    }
    failedCall = nil
    let checksLocks = machine.locks.isChecking
    if checksLocks { beginLocks(statement) }
    let isAccess: Bool
    if case .access = statement.action { isAccess = true } else { isAccess = false }
    do throws(MachineError) {
      if checksLocks { try checkIsAwake(statement) }
      try perform(statement.action, of: statement, into: &record)
    } catch {
      guard let name = error.errno, !statement.expected.isEmpty else {
        throw ScenarioError(file: scenario.file, position: statement.position, message: error.description)
      }
      failedCall = name
      if !isQuiet { record.results.append(error.description) }
    }
    if machine.locks.isChecking { endLocks(statement, into: &record) }
    for expected in statement.expected {
      var isMet = false
      if case .locking = expected, machine.locks.isChecking { continue }
      if case .error(let name) = expected {
        isMet = failedCall == name
      } else if isAccess, let lastAccess {
        isMet = lastAccess.matches(expected, addresses)
      }
      let seen = isAccess ? lastAccess?.text ?? "nothing" : failedCall ?? "it succeeded"
      note(isMet, seen: seen, statement, into: &record)
    }
  }

  /// How many failures one record tells of.
  private static var checkLimit: Int { 20 }

  mutating func note(
    _ isMet: Bool, seen: @autoclosure () -> String, _ statement: Statement, into record: inout ActionRecord
  ) {
    checkCount &+= 1
    if !isMet { failureCount &+= 1 }
    guard !isQuiet || !isMet && record.checks.count < Self.checkLimit else { return }
    record.checks.append(
      .init(position: statement.position, text: statement.text, isMet: isMet, seen: isMet ? "" : seen()))
  }

  /// The machine as it is now, for those who look at it.
  public consuming func takeMachine() -> Machine { machine }
}
