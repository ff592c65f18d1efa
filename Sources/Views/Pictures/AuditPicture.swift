import LinuxKernel

/// The findings of an audit as a table that leads to walks.
struct AuditPicture: Encodable, Sendable {
  struct Finding: Encodable, Sendable {
    var severity: String
    /// The rule's name.
    var kind: String
    var sentence: String
    /// Whose tables the address can be walked in.
    var pid: PictureProcess
    var command: String
    var address: JSONAddress
    /// Exclusive.
    var end: JSONAddress
    var access: String?
    var region: String?
    /// Why it is as it should be.
    var explained: String?
  }

  var findings: [Finding]
  /// All of them, also those that are not listed.
  var count: Int
  /// Those that nothing explains.
  var openCount: Int
  var conclusion: String
  var notes: [String]?

  static let findingLimit = 1000

  init(_ source: Source) throws(SourceError) {
    let tables = try source.pageTables()
    let surroundings = try source.auditSurroundings(isWhole: true)
    let input = AuditInput(
      tables: tables, ram: source.ram, pointers: surroundings.pointers, regionName: surroundings.regionName,
      candidateRoots: surroundings.candidateRoots)
    let report = source.audit(input)
    let reports = report.findings.map { FindingReport($0, format: tables.format) }
    // What nothing explains comes first; the rest keeps its order.
    let ordered = reports.filter(\.isOpen) + reports.filter { !$0.isOpen }
    findings = ordered.prefix(Self.findingLimit).map { finding in
      Finding(
        severity: finding.severity, kind: finding.rule, sentence: finding.summary,
        pid: finding.pids?.first.map(PictureProcess.pid) ?? .kernel,
        command: finding.command, address: finding.walk.virtual, end: finding.end, access: finding.access,
        region: finding.region, explained: finding.explanation)
    }
    count = reports.count
    openCount = reports.count { $0.isOpen }
    conclusion = FindingReport.conclusion(reports, tables: tables)
    let notes = report.notes + surroundings.gaps
    self.notes = notes.isEmpty ? nil : notes
  }
}
