import PageTables

/// A page table in a program's address space: who can read it knows physical addresses, who can write it owns
/// the machine.
struct UserMapsTableRule: AuditRule {
  static let name = AuditRuleName.userMapsTable

  func suspicion(_ place: AuditPlace, _ survey: AuditSurvey) -> Suspicion? {
    guard place.access.intersects(.user), place.marks?.contains(.table) ?? false else { return nil }
    return Suspicion(
      .high,
      place.access.contains(.userWrite)
        ? "user mode may write a page table" : "user mode may read a page table")
  }
}
