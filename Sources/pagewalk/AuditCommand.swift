import ArgumentParser
import CommandOptions
import LinuxKernel
import PageTables
import Views

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Look through all page tables for what no sound system has.",
    discussion: """
      Writable and executable memory, kernel memory that user mode reaches, page tables that are
      mapped or shared, entries that point nowhere, roots without a process. What looks like that
      and is as it should be is explained, and only shown with --all. With --root or --cpu only
      those tables are looked at. Otherwise all RAM is searched for roots that no process has.

      Examples:
        pagewalk audit
        pagewalk audit -s dump.elf --all
        pagewalk audit -s dump.elf --format json > accepted.jsonl
        pagewalk audit -s later.elf --baseline accepted.jsonl

      Exit status: 1 if there is a finding that is neither explained nor in the baseline.
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup var space: SpaceOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Show explained and accepted findings, too.")
  var all = false

  @Option(
    help: ArgumentHelp(
      "Accept the findings of an earlier audit: a file of its JSON lines.", valueName: "file"))
  var baseline: String?

  @Option(
    help: ArgumentHelp(
      "Physical address of a root that may belong to no process; may be repeated.", valueName: "address"))
  var candidateRoot: [HexArgument] = []

  func run() throws {
    let baseline = try baseline.map { path throws(SourceError) in try AuditBaseline(path: path) }
    let source = try source.open()
    let tables = try space.request(process: nil, of: self.source).pageTables(in: source)
    let surroundings = try source.auditSurroundings(isWhole: !space.nameSpace)
    let input = AuditInput(
      tables: tables, ram: source.ram, pointers: surroundings.pointers, regionName: surroundings.regionName,
      candidateRoots: candidateRoot.map { PageTableRoot(PhysicalAddress($0.value)) }
        + surroundings.candidateRoots)
    let report = source.audit(input)
    let reports = report.findings.map { FindingReport($0, format: tables.format, baseline: baseline) }
    let digits = Int(tables.format.addressBits) / 4
    if output.format == .csv { print(FindingReport.csvHeader) }
    for report in reports where all || report.isOpen {
      switch output.format {
      case .json: print(report.jsonLine)
      case .csv: print(report.csv)
      case .text: print(report.text(digits: digits) + "\n")
      }
    }
    let openCount = reports.count { $0.isOpen }
    if output.format == .text {
      print(FindingReport.conclusion(reports, tables: tables))
      for note in report.notes + surroundings.gaps { print("note: \(note)") }
    }
    for change in report.changes { StandardError.write("pagewalk: partial: \(change)\n") }
    if !report.isComplete {
      StandardError.write("pagewalk: partial: \(report.notes.joined(separator: "; "))\n")
    }
    if openCount > 0 { throw ExitCode(1) }
  }
}
