public import LinuxKernel
import PageTables

extension Source {
  /// The audit. Of a running system it is done twice, and what only one of the two saw, while tables changed, is no
  /// finding; nor is what concerns only processes that have exited, or roots of those that had just begun.
  public func audit(_ input: AuditInput) -> AuditReport {
    guard isRunning else { return Audit.run(input, in: memory) }
    var input = input
    var notes: [String] = []
    let candidates = input.candidateRoots.count
    if candidates > 0, let finder, let now = try? finder.again(of: name) {
      let owned = Set(now.tables.processes.map(\.root) + (finder.known?.tables.processes.map(\.root) ?? []))
      let still = Set(now.candidateRoots.map(\.lower))
      input.candidateRoots.removeAll { root in
        !still.contains(root.lower) || owned.contains { $0.lower == root.lower }
      }
      let count = candidates - input.candidateRoots.count
      if count > 0 {
        notes.append(
          "the system is running: \(count) roots without a process were those of processes that came or went")
      }
    }
    var report = Audit.run(input, in: memory)
    let again = Set(Audit.run(input, in: memory).findings.map(\.key))
    let gone = Set(
      input.tables.processes.filter { !stillHas($0) }.flatMap { [$0.pid] + $0.sharers })
    let count = report.findings.count
    report.findings.removeAll { finding in
      !again.contains(finding.key) || !finding.pids.isEmpty && gone.isSuperset(of: finding.pids)
    }
    if report.findings.count < count {
      notes.append(
        "the system is running: \(count - report.findings.count) findings were not there any more at a second look"
      )
    }
    if !gone.isEmpty { notes.append("the system is running: \(gone.count) processes exited meanwhile") }
    report.changes = notes
    return report
  }
}
