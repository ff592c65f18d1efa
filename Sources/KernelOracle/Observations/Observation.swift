/// What is seen after one operation, or, without an operation, when a program begins.
public struct Observation: Hashable, Sendable {
  /// What was done, and what became of it; nil at the beginning of a program.
  public var step: Step?
  /// Every living process in ascending order of slots; nil where nobody looked.
  public var processes: [ProcessState]?

  public init(step: Step?, processes: [ProcessState]?) {
    self.step = step
    self.processes = processes
  }

  /// An operation and its outcome.
  public struct Step: Hashable, Sendable {
    public var operation: MemoryOperation
    public var outcome: Outcome

    public init(operation: MemoryOperation, outcome: Outcome) {
      self.operation = operation
      self.outcome = outcome
    }
  }

  /// The state of one process, if it lives and was looked at.
  public func process(_ slot: Int) -> ProcessState? { processes?.first { $0.slot == slot } }
}
