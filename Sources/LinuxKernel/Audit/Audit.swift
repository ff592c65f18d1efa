public import PageTables

/// Looks through all page tables of a system for what no sound system has, and tells of each thing that looks
/// like it why it is as it should be, if it is.
///
/// Two passes over the tables, each table once however many processes share it: the first marks each frame with
/// the ways it is reached, the second names the places. ``auditRules`` lists the rules.
public enum Audit {
  /// - Complexity: every table is read twice; one byte is kept for each frame of RAM.
  public static func run(_ input: AuditInput, in memory: some PhysicalMemory & Sendable) -> AuditReport {
    var survey = AuditSurvey(input, in: memory)
    let kept = CollectorBox()
    _ = survey.passOver(memory, tableLimit: input.tableLimit) { survey, owner, isKernelHalf in
      FindingSink(
        survey: survey, owner: owner, isKernelHalf: isKernelHalf, collector: kept.take(),
        writers: kept.takeWriters())
    } takeBack: { _, sink in
      kept.collector = sink.collector
      kept.writers = sink.writers
    }
    var collector = kept.take()
    for draft in SharedTableRule().findings(survey) + StrayRootRule().findings(survey)
      + MissingKernelHalfRule().findings(survey)
    {
      collector.add(draft)
    }
    var notes = survey.notes
    for (rule, count) in collector.leftOut.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      notes.append("\(count) more findings of \(rule.rawValue) are left out")
    }
    return AuditReport(
      findings: AuditFinishing(survey: survey, writers: kept.writers).findings(of: collector.drafts),
      notes: notes, isComplete: survey.isComplete && collector.leftOut.isEmpty)
  }
}

/// What travels from sink to sink.
private final class CollectorBox {
  var collector = FindingCollector()
  var writers: [UInt64: (owner: Int, address: VirtualAddress)] = [:]

  func take() -> FindingCollector {
    defer { collector = FindingCollector() }
    return collector
  }

  func takeWriters() -> [UInt64: (owner: Int, address: VirtualAddress)] {
    defer { writers = [:] }
    return writers
  }
}
