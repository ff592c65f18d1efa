import LinuxKernel
import PageTables

/// What page tables take, by process.
struct StatisticsPicture: Encodable, Sendable {
  struct Row: Encodable, Sendable {
    /// Absent for the kernel and for the total.
    var pid: Int?
    var command: String
    /// Tables by Linux's name of the level.
    var tablePages: [String: Int]
    var tableBytes: UInt64
    var mappedBytes: UInt64
    /// The share of what is mapped that lies in pages larger than the smallest.
    var hugeShare: Double
    var sharedTables: Int
  }

  /// Top first.
  var levelNames: [String]
  /// The kernel first, then processes.
  var processes: [Row]
  var processCount: Int
  var totals: Row
  /// For a person: what the totals come to.
  var conclusions: [String]
  var partial: Bool?

  /// More are in the totals only.
  static let processLimit = 2000

  init(_ source: Source) throws(SourceError) {
    let tables = try source.pageTables()
    let statistics = SteadyStatistics(tables, in: source)
    let reports = StatisticsReport.reports(statistics)
    levelNames = (0..<tables.format.levelCount).map { "\(tables.format.level($0).name)" }
    let rows = reports.dropLast().map { Row($0) }
    processes = Array(rows.prefix(Self.processLimit))
    processCount = rows.count
    totals =
      reports.last.map { Row($0) }
      ?? Row(
        pid: nil, command: "total", tablePages: [:], tableBytes: 0, mappedBytes: 0, hugeShare: 0,
        sharedTables: 0)
    conclusions = Array(StatisticsReport.text(reports).drop { !$0.isEmpty }.dropFirst())
    partial = statistics.statistics.isComplete && statistics.sentence == nil ? nil : true
  }
}

extension StatisticsPicture.Row {
  init(_ report: StatisticsReport) {
    pid = report.pid
    command = report.command ?? report.scope
    tablePages = [:]
    for level in report.levels where level.tables > 0 { tablePages[level.level] = level.tables }
    tableBytes = report.bytes
    mappedBytes = report.mapped.reduce(0) { $0 &+ $1.bytes }
    let huge = mappedBytes &- (report.mapped.first?.bytes ?? 0)
    hugeShare = mappedBytes == 0 ? 0 : (Double(huge) / Double(mappedBytes) * 1000).rounded() / 1000
    sharedTables = report.sharedTables
  }
}
