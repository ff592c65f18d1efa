public import KernelLab

/// How one machine brings a late vmalloc area to its processes: `pagewalk.lab-matrix/1`.
public struct MatrixReport: JSONReport, Sendable {
  public static let schema = "pagewalk.lab-matrix/1"

  public var profile: String
  public var release: String
  public var policy: String
  public var faults: UInt64
  /// Top-level entries of processes that faults wrote, and that were written without one.
  public var faultedEntries: UInt64
  public var synchronisedEntries: UInt64
  public var visitedRoots: UInt64
  /// Pairs of process and entry that could still fault.
  public var staleAtFirst: Int
  public var staleAfterRunning: Int
  public var staleAtEnd: Int
  public var oopses: Int
  public var preallocatedTables: Int

  enum CodingKeys: String, CodingKey {
    case profile, release, policy, faults, faultedEntries, synchronisedEntries, visitedRoots, staleAtFirst,
      staleAfterRunning, staleAtEnd, oopses, preallocatedTables
  }

  public init(_ row: LabMatrix.Row) {
    profile = row.profile
    release = row.release
    policy = row.policy.rawValue
    faults = row.faultCount
    faultedEntries = row.faultedEntryCount
    synchronisedEntries = row.synchronisedEntryCount
    visitedRoots = row.visitedRootCount
    staleAtFirst = row.staleCountAtFirst
    staleAfterRunning = row.staleCountAfterRunning
    staleAtEnd = row.staleCountAtEnd
    oopses = row.oopsCount
    preallocatedTables = row.preallocatedTableCount
  }

  public static func text(_ reports: [MatrixReport]) -> [String] {
    var table = TextTable(
      header: [
        "profile", "Linux", "policy", "faults", "by fault", "without", "roots seen", "stale", "after running",
        "at the end", "oopses", "tables in advance",
      ], alignments: [.left, .left, .left] + [TextTable.Alignment](repeating: .right, count: 9))
    for report in reports {
      table.add([
        report.profile, report.release, report.policy, "\(report.faults)", "\(report.faultedEntries)",
        "\(report.synchronisedEntries)", "\(report.visitedRoots)", "\(report.staleAtFirst)",
        "\(report.staleAfterRunning)", "\(report.staleAtEnd)", "\(report.oopses)",
        "\(report.preallocatedTables)",
      ])
    }
    return table.lines
  }
}
