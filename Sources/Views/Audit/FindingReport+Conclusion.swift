public import LinuxKernel
import PageTables

extension FindingReport {
  /// How many findings there are, as one sentence.
  public static func conclusion(_ reports: [FindingReport], tables: PageTableSet) -> String {
    let openCount = reports.count { $0.isOpen }
    let explainedCount = reports.count { $0.explanation != nil }
    let acceptedCount = reports.count - openCount - explainedCount
    let processes = tables.processes.count == 1 ? "1 process" : "\(tables.processes.count) processes"
    let master = tables.master == nil ? "" : " and the kernel"
    let findings = openCount == 1 ? "1 finding" : "\(openCount) findings"
    return "\(findings) in the tables of \(processes)\(master); \(explainedCount) explained, "
      + "\(acceptedCount) accepted"
  }
}
