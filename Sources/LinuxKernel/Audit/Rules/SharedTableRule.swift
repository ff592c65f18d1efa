import PageTables

/// Two processes reach one table below the kernel half: what one maps there, the other sees.
struct SharedTableRule {
  static let name = AuditRuleName.sharedTable

  func findings(_ survey: AuditSurvey) -> [FindingCollector.Draft] {
    survey.shared.compactMap { shared in
      // The place below the kernel half is the one to show.
      let isSecondUser = !shared.second.isKernelHalf
      let shown = isSecondUser ? shared.second : shared.first
      let other = isSecondUser ? shared.first : shared.second
      let isWithKernel = shared.first.isKernelHalf || shared.second.isKernelHalf
      guard isEmptyTable(shared, survey) == false else { return nil }
      let summary =
        isWithKernel
        ? "a table of the kernel half is reached in the user half"
        : other.owner == shown.owner
          ? "one table is reached at two places of the user half"
          : survey.owners[shown.owner].kind == .candidate
            ? "a root without a process reaches a process's table" : "two processes reach one table"
      let level = survey.format.level(shared.depth)
      let bits = UInt64(level.shift) + UInt64(shared.indexBits)
      let last = shown.base.rawValue | ((1 << bits) &- 1)
      return FindingCollector.Draft(
        rule: Self.name,
        suspicion: Suspicion(
          .high, summary, unless: explanation(shared, shown: shown, other: other, survey)),
        owner: shown.owner, first: shown.base, last: VirtualAddress(last), byteCount: 0,
        isKernelHalf: false, physical: shared.table, other: (other.owner, other.base),
        furtherOwners: [other.owner], keyDetail: "\(level.name)")
    }
  }

  private func explanation(
    _ shared: SharedTable, shown: SharedTable.Place, other: SharedTable.Place, _ survey: AuditSurvey
  ) -> String? {
    let owner = survey.owners[shown.owner]
    let partner = survey.owners[other.owner]
    if let reason = StrayRootRule.isolationCopy(owner, of: partner, survey)
      ?? StrayRootRule.isolationCopy(partner, of: owner, survey)
    {
      return reason
    }
    if owner.kind == .candidate, shared.first.isKernelHalf || shared.second.isKernelHalf {
      return "a root that no process has uses tables of the kernel half: see root-without-process"
    }
    if holdsOnlyLargePages(shared, survey) {
      return "the table holds nothing but large pages: hugetlbfs shares such tables between processes "
        + "(CONFIG_ARCH_WANT_HUGE_PMD_SHARE)"
    }
    return nil
  }

  /// Whether the table says nothing: where directories have no present bit Linux uses one such table for
  /// whatever is empty.
  private func isEmptyTable(_ shared: SharedTable, _ survey: AuditSurvey) -> Bool {
    let entries = self.entries(shared, survey)
    return !entries.isEmpty && entries.allSatisfy { $0 == entries[0] } && shared.depth > 0
      && survey.format.level(shared.depth).rule(for: entries[0]).rule.kind == .absent
  }

  private func holdsOnlyLargePages(_ shared: SharedTable, _ survey: AuditSurvey) -> Bool {
    let level = survey.format.level(shared.depth)
    guard shared.depth + 1 < survey.format.levelCount else { return false }
    let kinds = Set(entries(shared, survey).map { level.rule(for: $0).rule.kind })
    return kinds.contains(.leaf) && kinds.isSubset(of: [.leaf, .absent])
  }

  private func entries(_ shared: SharedTable, _ survey: AuditSurvey) -> [UInt64] {
    let level = survey.format.level(shared.depth)
    let size = Int(level.entryByteCount)
    let count = 1 << Int(shared.indexBits)
    let order = survey.format.byteOrder
    let entries = try? survey.memory.withBytes(at: shared.table, count: size * count) { bytes in
      (0..<count).compactMap { bytes.entry(atByteOffset: $0 * size, byteCount: size, order: order) }
    }
    return entries ?? []
  }
}
