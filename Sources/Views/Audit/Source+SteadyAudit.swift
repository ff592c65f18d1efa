public import LinuxKernel

extension Source {
  /// The audit. Of a running system it is done twice, and what only one of the two saw, while tables changed, is no
  /// finding; nor is what concerns only processes that have exited. Processes are looked for again before each: the
  /// tables of those that exited hold somebody else's bytes.
  public func audit(_ input: AuditInput) -> AuditReport {
    guard isRunning else { return Audit.run(input, in: memory) }
    var input = input
    var notes = [
      "the system is running: roots without a process are not looked for; those of processes that have exited look the "
        + "same"
    ]
    var gone: Set<Int> = []
    func leaveOutGone() {
      input.tables.processes.removeAll { process in
        guard !stillHas(process) else { return false }
        gone.formUnion([process.pid] + process.sharers)
        return true
      }
    }
    leaveOutGone()
    var report = Audit.run(input, in: memory)
    leaveOutGone()
    let again = Set(Audit.run(input, in: memory).findings.map(\.key))
    leaveOutGone()
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
