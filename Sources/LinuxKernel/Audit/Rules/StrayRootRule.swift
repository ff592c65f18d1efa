import PageTables

/// A root that was found in memory and that no process has: left over, the kernel's own for a special purpose, or
/// a process that hides.
struct StrayRootRule {
  static let name = AuditRuleName.strayRoot

  func findings(_ survey: AuditSurvey) -> [FindingCollector.Draft] {
    survey.owners.indices.filter { survey.owners[$0].kind == .candidate }.map { index in
      FindingCollector.Draft(
        rule: Self.name,
        suspicion: Suspicion(
          .high, "a root that belongs to no known process", unless: explanation(index, survey)),
        owner: index, first: VirtualAddress(0), last: survey.layout.userLast,
        byteCount: 0, isKernelHalf: false, physical: survey.owners[index].root.lower)
    }
  }

  private func explanation(_ index: Int, _ survey: AuditSurvey) -> String? {
    let owner = survey.owners[index]
    for process in survey.owners where process.kind != .candidate {
      if let reason = Self.isolationCopy(owner, of: process, survey) { return reason }
    }
    let half = survey.userHalves[index]
    if half.mappedBytes == 0 {
      return
        "its user half maps nothing: a process that has exited, or one of the kernel's own before its use "
        + "(poking_mm)"
    }
    return survey.isStarter(index)
      ? "its user half is for the kernel only, and maps memory mostly at its own physical address: it starts "
        + "processors or switches the MMU (trampoline, idmap, initial tables)" : nil
  }

  /// With page-table isolation the root that user mode runs on lies one page above the kernel's.
  static func isolationCopy(_ root: AuditOwner, of other: AuditOwner, _ survey: AuditSurvey) -> String? {
    guard survey.format.isX86, root.kind == .candidate, other.kind != .candidate,
      root.root.lower.rawValue == other.root.lower.rawValue | 0x1000,
      other.root.lower.rawValue & 0x1000 == 0
    else { return nil }
    let name = other.kind == .master ? "the kernel" : "process \(other.pids[0])"
    return
      "the tables that \(name) uses in user mode: page-table isolation keeps them one page above the full "
      + "ones, and both reach the same user tables"
  }
}
