import PageTables

/// A table that is reached through itself.
struct SelfReferenceRule: AuditRule {
  static let name = AuditRuleName.selfReference

  func suspicion(_ stop: StopReason, at owner: Int, _ survey: AuditSurvey) -> Suspicion? {
    guard stop == .loop else { return nil }
    return Suspicion(
      .high, "a table is its own ancestor",
      unless: "\(survey.format.name)" == "alpha"
        ? "Alpha maps its tables through an entry of the top table that names that table (VPTB)" : nil)
  }
}
