public import LinuxKernel

extension Source {
  /// The audit. Of a running system it is done twice, and what only one of the two saw, while tables changed, is no
  /// finding.
  public func audit(_ input: AuditInput) -> AuditReport {
    var report = Audit.run(input, in: memory)
    guard isRunning else { return report }
    let again = Set(Audit.run(input, in: memory).findings.map(\.key))
    let count = report.findings.count
    report.findings.removeAll { !again.contains($0.key) }
    if report.findings.count < count {
      report.notes.append(
        "the system is running: \(count - report.findings.count) findings were not there any more at a second look"
      )
    }
    return report
  }
}
