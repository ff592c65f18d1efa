public import KernelLab
import PageTables

/// What a trace came to on one machine: `pagewalk.lab-replay/1`.
public struct ReplayReport: JSONReport, Sendable {
  public static let schema = "pagewalk.lab-replay/1"

  public var profile: String
  public var format: String
  /// Records of the trace, and accesses: what crosses a page's border is one for each page.
  public var records: UInt64
  public var accesses: UInt64
  public var tlbHits: UInt64
  public var tlbMisses: UInt64
  /// Walks by the processor, those after faults again; and the entries that they read.
  public var walks: UInt64
  public var walkedEntries: UInt64
  public var minorFaults: UInt64
  public var majorFaults: UInt64
  /// Accesses that this machine has no address for.
  public var refused: UInt64
  public var tableBytes: UInt64
  public var residentBytes: UInt64
  public var areas: Int
  /// Why it did not get to the end.
  public var stopped: String?

  enum CodingKeys: String, CodingKey {
    case profile, format, records, accesses, tlbHits, tlbMisses, walks, walkedEntries, minorFaults,
      majorFaults, refused, tableBytes, residentBytes, areas, stopped
  }

  public init(_ process: borrowing TraceProcess, records: UInt64) {
    profile = process.machine.profile.name
    format = "\(process.machine.profile.format.name)"
    self.records = records
    accesses = process.count(\.accesses)
    tlbMisses = process.missCount
    tlbHits = accesses - tlbMisses
    walks = process.count(\.walks)
    walkedEntries = process.count(\.walkedEntries)
    minorFaults = process.count(\.minorFaults)
    majorFaults = process.count(\.majorFaults)
    refused = process.refusedCount
    tableBytes = process.tableByteCount
    residentBytes = process.residentByteCount
    areas = process.areaCount
    stopped = process.stopReason
  }

  public static func text(_ reports: [ReplayReport]) -> [String] {
    var table = TextTable(
      header: [
        "profile", "accesses", "TLB hits", "misses", "walks", "entries read", "minor", "major", "tables",
        "resident", "refused",
      ], alignments: [.left] + [TextTable.Alignment](repeating: .right, count: 10))
    for report in reports {
      table.add([
        report.profile, "\(report.accesses)", "\(report.tlbHits)", "\(report.tlbMisses)", "\(report.walks)",
        "\(report.walkedEntries)", "\(report.minorFaults)", "\(report.majorFaults)",
        sizeText(report.tableBytes), sizeText(report.residentBytes), "\(report.refused)",
      ])
    }
    return table.lines
      + reports.compactMap { report in report.stopped.map { "\(report.profile) stopped \($0)" } }
  }
}
