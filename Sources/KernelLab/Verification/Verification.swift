public import KernelOracle

/// Compares the lab with a kernel: with the running one over random programs, or with one that was seen
/// elsewhere and whose log there is.
public struct Verification: ~Copyable {
  public let conditions: Conditions
  /// Whose rules the lab follows.
  public let rules: KernelRules
  var runner: LabRunner
  var comparison: StateComparison
  /// How many operations have been compared, and how many programs.
  public internal(set) var operationCount = 0
  public internal(set) var programCount = 0
  /// How many times the two sides differed and agreed when the kernel was looked at again.
  public internal(set) var lookedAgainCount = 0
  /// How many times they differed in a program and agreed when it was run again.
  public internal(set) var ranAgainCount = 0
  /// Frames that were free before the program began.
  private var freeCount = 0

  /// - Parameter machine: see `Profile.seen(_:on:)`.
  public init(_ conditions: Conditions, on machine: Profile? = nil) throws(VerificationError) {
    let seen = try Profile.seen(conditions, on: machine)
    let made = try LabRunner(seen.profile, conditions)
    self.init(runner: made, seen.rules)
  }

  private init(runner: consuming LabRunner, _ rules: KernelRules) {
    conditions = runner.conditions
    comparison = StateComparison(runner.conditions)
    self.rules = rules
    self.runner = runner
  }

  /// How often the kernel had moved a page that the operation did not write: compaction does.
  public var movedCount: Int { comparison.movedCount }
  /// How often both of two answers were right: see ``StateComparison``.
  public var toleratedCount: Int { comparison.toleratedCount }

  /// One observation less that must agree: what differs, or nil.
  ///
  /// - Parameter kernel: to look again where the state differs, since pages may be on the move; nil for a log.
  mutating func compare(
    _ seen: Observation, _ kernel: RunningKernel? = nil
  ) throws(VerificationError) -> String? {
    let lab: Observation
    if let step = seen.step {
      guard runner.canPerform(step.operation) else {
        throw .lab("'\(step.operation.text)': there is no such process, or the child's place is taken")
      }
      lab = try runner.perform(step.operation)
      operationCount += 1
    } else {
      lab = try begin()
    }
    var difference = comparison.difference(seen, lab, &runner)
    guard let kernel, seen.step?.outcome == lab.step?.outcome else { return difference }
    for _ in 0..<4 where difference != nil {
      var again = seen
      again.processes = try Self.seen { () throws(OracleError) in try kernel.look() }
      difference = comparison.difference(again, lab, &runner)
      if difference == nil { lookedAgainCount += 1 }
    }
    return difference
  }

  /// Ends the last program and begins one.
  private mutating func begin() throws(VerificationError) -> Observation {
    runner.clear()
    freeCount = runner.machine.frames.freeCount
    comparison.start()
    programCount += 1
    return try runner.start()
  }

  /// What contradicts itself in the lab's machine now: see `Machine.check()`.
  public func check() -> [Inconsistency] { runner.machine.check() }

  /// Ends the program, and says if frames are missing afterwards.
  private mutating func end(_ operations: [MemoryOperation]) -> Mismatch? {
    runner.clear()
    let lost = freeCount - runner.machine.frames.freeCount
    guard lost != 0 else { return nil }
    return Mismatch(program: Program(operations), difference: "the lab has lost \(lost) frames at the end")
  }

  // MARK: Programs

  /// Makes a random program of `length` operations and runs it on both sides; again where they differ, until
  /// they agree or the tries are used up.
  ///
  /// A kernel may move pages while nobody asks it to (compaction): that is seen as another frame, as a
  /// migration entry, or as one fault more, and not again. A mistake of the lab comes every time.
  ///
  /// - Returns: where they differ first, with the program up to there; nil if they do not.
  public mutating func verify(
    seed: UInt64, length: Int, _ kernel: RunningKernel, tries: Int = 4
  ) throws(VerificationError) -> Mismatch? {
    try again(kernel, tries) { (verification) throws(VerificationError) in
      try verification.verifyOnce(seed: seed, length: length, kernel)
    }
  }

  /// Runs a program until both sides agree or the tries are used up: three times as many where the kernel had no
  /// huge page to give, which is no mistake of either side.
  private mutating func again(
    _ kernel: RunningKernel, _ tries: Int,
    _ run: (inout Verification) throws(VerificationError) -> Mismatch?
  ) throws(VerificationError) -> Mismatch? {
    var last: Mismatch?
    var attempt = 0
    var limit = max(1, tries)
    while attempt < limit {
      let before = kernel.hugePageFallbackCount
      last = try run(&self)
      if last == nil {
        ranAgainCount += attempt
        return nil
      }
      attempt += 1
      if kernel.hugePageFallbackCount != before { limit = 3 * max(1, tries) }
    }
    return last
  }

  private mutating func verifyOnce(
    seed: UInt64, length: Int, _ kernel: RunningKernel
  ) throws(VerificationError) -> Mismatch? {
    var operations: [MemoryOperation] = []
    if let difference = try compare(Self.seen { () throws(OracleError) in try kernel.start() }, kernel) {
      return Mismatch(program: Program([]), difference: difference)
    }
    var generator = ProgramGenerator(seed: seed, runner)
    while operations.count < length {
      guard let operation = generator.operation(runner) else { continue }
      operations.append(operation)
      let seen = try Self.seen { () throws(OracleError) in try kernel.perform(operation) }
      if let difference = try compare(seen, kernel) {
        return Mismatch(program: Program(operations), difference: difference)
      }
    }
    return end(operations)
  }

  /// Runs a program on both sides, again where they differ, as `verify(seed:length:_:tries:)` does; operations
  /// whose process does not live are left out.
  public mutating func verify(
    _ program: Program, _ kernel: RunningKernel, tries: Int = 4
  ) throws(VerificationError) -> Mismatch? {
    try again(kernel, tries) { (verification) throws(VerificationError) in
      try verification.verifyOnce(program, kernel)
    }
  }

  private mutating func verifyOnce(
    _ program: Program, _ kernel: RunningKernel
  ) throws(VerificationError) -> Mismatch? {
    var operations: [MemoryOperation] = []
    if let difference = try compare(Self.seen { () throws(OracleError) in try kernel.start() }, kernel) {
      return Mismatch(program: Program([]), difference: difference)
    }
    for operation in program.operations where runner.canPerform(operation) {
      operations.append(operation)
      let seen = try Self.seen { () throws(OracleError) in try kernel.perform(operation) }
      if let difference = try compare(seen, kernel) {
        return Mismatch(program: Program(operations), difference: difference)
      }
    }
    return end(operations)
  }

  private static func seen<Seen>(
    _ look: () throws(OracleError) -> Seen
  ) throws(VerificationError) -> Seen {
    do throws(OracleError) { return try look() } catch { throw .kernel(error) }
  }

  /// Follows a log to its end or to the first difference of each program.
  ///
  /// - Parameter limit: at most so many mismatches.
  public mutating func verify(
    log: consuming LogReader, limit: Int = 10
  ) throws(VerificationError) -> [Mismatch] {
    var found: [Mismatch] = []
    var operations: [MemoryOperation] = []
    var differs = false
    while found.count < limit {
      let next: Observation?
      do throws(TextError) { next = try log.next() } catch { throw .log(error) }
      guard let observation = next else { break }
      if let step = observation.step {
        if differs { continue }
        operations.append(step.operation)
      } else {
        operations = []
        differs = false
      }
      if let difference = try compare(observation) {
        found.append(Mismatch(program: Program(operations), difference: difference))
        differs = true
      }
    }
    return found
  }
}
