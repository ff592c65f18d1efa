/// A story for the machine: its profile, and what is done with it, one action a line.
///
/// `Documentation/Scenarios.md` is the language's reference.
public struct Scenario: Hashable, Sendable {
  /// The file's name, for errors.
  public var file: String
  public var machine: ProfileRequest
  public var machinePosition: SourcePosition
  public var statements: [Statement]
  /// What it names, for lines that are added to it.
  var addressNames: Set<String>
  var taskNames: Set<String>
}

/// One line of a scenario.
public struct Statement: Hashable, Sendable {
  public var position: SourcePosition
  /// The line without indentation and comment.
  public var text: String
  /// Which CPU acts (`cpu 1: ...`).
  public var cpu: Int?
  public var action: Action
  /// What must come of it (`=> ...`).
  public var expected: [ExpectedOutcome]
}
