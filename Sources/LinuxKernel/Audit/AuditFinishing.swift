import PageTables

/// Makes findings of drafts: the walks, the processes, the keys.
struct AuditFinishing {
  let survey: AuditSurvey
  let writers: [UInt64: (owner: Int, address: VirtualAddress)]

  func findings(of drafts: [FindingCollector.Draft]) -> [AuditFinding] {
    let order = Dictionary(
      uniqueKeysWithValues: AuditRuleName.allCases.enumerated().map { ($1, $0) })
    let sorted = drafts.sorted { left, right in
      (order[left.rule] ?? 0, left.owner, left.first, left.last)
        < (order[right.rule] ?? 0, right.owner, right.first, right.last)
    }
    var seen: [String: Int] = [:]
    return sorted.map { draft in
      var finding = finding(of: draft)
      // Equal keys are numbered, in the order of addresses.
      seen[finding.key, default: 0] += 1
      if let number = seen[finding.key], number > 1 { finding.key += "#\(number)" }
      return finding
    }
  }

  private func finding(of draft: FindingCollector.Draft) -> AuditFinding {
    let owner = survey.owners[draft.owner]
    // What all processes share is nobody's.
    let isShared = draft.isKernelHalf && survey.owners[0].kind == .master && draft.owner == 0
    let pids = isShared ? [] : owner.pids + draft.furtherOwners.flatMap { survey.owners[$0].pids }
    return AuditFinding(
      rule: draft.rule, severity: draft.suspicion.severity, summary: draft.suspicion.summary,
      explanation: draft.suspicion.explanation, pids: Array(Set(pids)).sorted(),
      command: owner.command, first: draft.first, last: draft.last, byteCount: draft.byteCount,
      rangeCount: draft.rangeCount, region: survey.region(of: draft.first), access: draft.access,
      walk: walk(draft.owner, to: draft.first), otherWalk: otherWalk(draft), key: key(draft, owner))
  }

  private func walk(_ owner: Int, to address: VirtualAddress) -> Translation {
    Walker(format: survey.format, root: survey.owners[owner].root).translate(address, in: survey.memory)
  }

  private func otherWalk(_ draft: FindingCollector.Draft) -> Translation? {
    if let other = draft.other { return walk(other.owner, to: other.address) }
    guard draft.rule == .writableAlias, let physical = draft.physical else { return nil }
    if let writer = writers[physical.rawValue >> UInt64(survey.format.pageSizeBits)] {
      return walk(writer.owner, to: writer.address)
    }
    guard let address = survey.layout.linearAddress(of: physical) else { return nil }
    return walk(draft.owner, to: address)
  }

  /// Rule, process, place, size, rights. A place is told by what KASLR leaves alone: the offset in the kernel
  /// image, or the region's name; other addresses are random at every boot and left out.
  private func key(_ draft: FindingCollector.Draft, _ owner: AuditOwner) -> String {
    var place = draft.isKernelHalf ? "kernel-half" : "user-half"
    if draft.isKernelHalf, let physical = draft.physical, survey.layout.isImage(draft.first, physical),
      let imageFirst = survey.layout.imageFirst
    {
      place = "image+0x\(String(draft.first.rawValue &- imageFirst.rawValue, radix: 16))"
    } else if let region = survey.region(of: draft.first) {
      place = region
    }
    var parts = [draft.rule.rawValue, owner.command, place]
    if let detail = draft.keyDetail { parts.append(detail) }
    if draft.suspicion.explanation == nil, draft.byteCount > 0 {
      parts.append("0x\(String(draft.byteCount, radix: 16))")
    }
    if let access = draft.access { parts.append("access=\(access.rawValue)") }
    return parts.joined(separator: "/")
  }
}
