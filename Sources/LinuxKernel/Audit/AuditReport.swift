/// What an audit found, and whether it saw everything.
public struct AuditReport: Sendable {
  /// The findings in a fixed order: by rule, then by process, then by address.
  public var findings: [AuditFinding]
  /// What was not looked at or had to be inferred, in sentences; empty for an audit without reservations.
  public var notes: [String]
  /// What changed while it was looked at, in sentences: only of a running system.
  public var changes: [String] = []
  /// Whether every table was read, and no finding left out.
  public var isComplete: Bool

  public init(findings: [AuditFinding], notes: [String], isComplete: Bool) {
    self.findings = findings
    self.notes = notes
    self.isComplete = isComplete
  }
}
