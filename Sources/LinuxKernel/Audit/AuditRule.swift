import PageTables

/// One rule of the audit: what it makes of a mapped run, and of addresses that nothing answers.
protocol AuditRule: Sendable {
  static var name: AuditRuleName { get }
  func suspicion(_ place: AuditPlace, _ survey: AuditSurvey) -> Suspicion?
  func suspicion(_ stop: StopReason, at owner: Int, _ survey: AuditSurvey) -> Suspicion?
}

extension AuditRule {
  func suspicion(_ place: AuditPlace, _ survey: AuditSurvey) -> Suspicion? { nil }
  func suspicion(_ stop: StopReason, at owner: Int, _ survey: AuditSurvey) -> Suspicion? { nil }
}

/// What a rule says of a place: how bad it is, and why it is not, if it is not.
struct Suspicion: Hashable, Sendable {
  var severity: AuditFinding.Severity
  var summary: String
  var explanation: String?

  init(_ severity: AuditFinding.Severity, _ summary: String, unless explanation: String? = nil) {
    self.severity = severity
    self.summary = summary
    self.explanation = explanation
  }
}

/// All rules that look at places, in the order of ``AuditRuleName``. A new one is a file and a line here.
let auditRules: [any AuditRule] = [
  WritableExecutableRule(), WritableAliasRule(), UserReachableKernelRule(), UserMapsKernelRule(),
  UserMapsTableRule(), WritableTableRule(), OutsideRAMRule(), SelfReferenceRule(), ReservedBitsRule(),
]

extension AuditRule {
  var name: AuditRuleName { Self.name }
}
