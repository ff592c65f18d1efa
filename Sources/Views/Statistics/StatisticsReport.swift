public import LinuxKernel

/// The page tables of one process, of the kernel, or of all: `pagewalk.statistics/1`.
public struct StatisticsReport: JSONReport, Sendable {
  public static let schema = "pagewalk.statistics/1"

  public struct LevelTables: Encodable, Sendable {
    public var level: String
    public var tables: Int
    public var bytes: UInt64
  }

  public struct Mapped: Encodable, Sendable {
    public var pageSize: UInt64
    public var bytes: UInt64
  }

  public struct Class: Encodable, Sendable {
    /// The fewest used entries of the class; absent for full tables.
    public var from: Int?
    public var tables: Int
  }

  /// `kernel`, `process` or `total`.
  public var scope: String
  public var pid: Int?
  public var command: String?
  public var tables: Int
  public var bytes: UInt64
  public var levels: [LevelTables]
  public var sharedTables: Int
  public var mapped: [Mapped]
  public var occupancy: [Class]
  public var sparseTables: Int
  public var foldableTables: Int
  public var foldableBytes: UInt64
  public var userFrames: Int?
  public var sharedFrames: Int?
  public var partial: Bool?
  /// Why the numbers may be of different moments; in the total, that some are.
  public var changing: TableChange?
  /// In the total: how many processes exited meanwhile and are not counted.
  public var exited: Int?

  enum CodingKeys: String, CodingKey {
    case scope, pid, command, tables, bytes, levels, sharedTables, mapped, occupancy, sparseTables
    case foldableTables, foldableBytes, userFrames, sharedFrames, partial, changing, exited
  }

  init(_ space: SpaceStatistics, scope: String) {
    self.scope = scope
    pid = space.pid
    command = scope == "process" ? space.command : nil
    tables = space.tableCount
    bytes = space.tableByteCount
    levels = space.levels.map { LevelTables(level: $0.name, tables: $0.tableCount, bytes: $0.byteCount) }
    sharedTables = space.sharedTableCount
    mapped = space.leaves.map { Mapped(pageSize: $0.pageSizeBytes, bytes: $0.byteCount) }
    let bounds = SpaceStatistics.occupancyBounds
    occupancy = space.occupancy.enumerated().map {
      Class(from: $0 < bounds.count ? bounds[$0] : nil, tables: $1)
    }
    sparseTables = space.sparseTableCount
    foldableTables = space.foldableTableCount
    foldableBytes = space.foldableByteCount
  }

  /// All reports: the kernel, the processes, the total.
  public static func reports(_ statistics: TableStatistics) -> [StatisticsReport] {
    var total = StatisticsReport(statistics.total, scope: "total")
    total.userFrames = statistics.userFrameCount
    total.sharedFrames = statistics.sharedFrameCount
    total.partial = statistics.isComplete ? nil : true
    return statistics.spaces.map { StatisticsReport($0, scope: $0.pid == nil ? "kernel" : "process") } + [
      total
    ]
  }

  /// The same of tables that may have changed while they were counted.
  public static func reports(_ steady: SteadyStatistics) -> [StatisticsReport] {
    var reports = reports(steady.statistics)
    for index in reports.indices where reports[index].scope != "total" {
      reports[index].changing = steady.changes[reports[index].pid ?? -1]
    }
    if steady.sentence != nil, let total = reports.indices.last {
      reports[total].changing = steady.changes.isEmpty ? nil : .tables
      reports[total].exited = steady.exitedCount == 0 ? nil : steady.exitedCount
    }
    return reports
  }

  /// The column names of ``csvLines``.
  public static let csvHeader = "scope,pid,command,level,tables,bytes"

  /// A line for each level that has tables.
  public var csvLines: [String] {
    levels.filter { $0.tables > 0 }.map {
      csvLine([scope, pid.map { "\($0)" } ?? "", command ?? "", $0.level, "\($0.tables)", "\($0.bytes)"])
    }
  }
}
