public import KernelOracle

/// Programs for a kernel that is somewhere else: made in the lab alone, to be done there and compared by the log.
///
/// Directed ones first where their addresses fit, then random ones. Same profile, seed and lengths: the same
/// programs.
public struct ProgramSeries: ~Copyable {
  private var runner: LabRunner
  private var directed: [Program]
  private var seed: UInt64
  private let length: Int

  /// - Parameters:
  ///   - profile: the machine with its kernel, whose tables the programs aim at.
  ///   - seed: the first random program's; each further one has the next.
  ///   - length: operations in a random program.
  public init(_ profile: Profile, seed: UInt64, length: Int) throws(VerificationError) {
    let conditions = profile.conditions()
    let seen = try Profile.seen(conditions, on: profile)
    runner = try LabRunner(seen.profile, conditions)
    directed =
      conditions.userEnd > 1 << 32
      ? DirectedProgram.all.compactMap { try? $0.program() } : []
    directed.reverse()
    self.seed = seed
    self.length = max(1, length)
  }

  /// The next program.
  public mutating func next() throws(VerificationError) -> Program {
    if let program = directed.popLast() { return program }
    _ = try runner.start()
    var generator = ProgramGenerator(seed: seed, runner)
    seed &+= 1
    var operations: [MemoryOperation] = []
    while operations.count < length {
      guard let operation = generator.operation(runner) else { continue }
      operations.append(operation)
      _ = try runner.run(operation)
    }
    return Program(operations)
  }
}
