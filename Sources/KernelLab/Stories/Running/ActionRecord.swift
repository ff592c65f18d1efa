/// What came of one line of a scenario.
public struct ActionRecord: Sendable {
  /// Something that was stated, and whether it is so.
  public struct Check: Hashable, Sendable {
    public var position: SourcePosition
    /// As the scenario says it.
    public var text: String
    public var isMet: Bool
    /// What was seen instead.
    public var seen: String
  }

  /// Counted from 1, in the order in which lines ran.
  public var number: Int
  public var position: SourcePosition
  /// The line as written.
  public var text: String
  /// What the scenario tells its reader.
  public var note: String?
  /// What came of it, in words.
  public var results: [String] = []
  public var checks: [Check] = []
  /// How the machine came to it, where `explain` is on.
  public var explanation: [String] = []
  /// What changed in the machine, where the runner records it.
  public var changes: MachineChanges?

  init(number: Int, statement: Statement) {
    self.number = number
    position = statement.position
    text = statement.text
  }
}
