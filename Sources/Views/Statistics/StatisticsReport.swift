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

  enum CodingKeys: String, CodingKey {
    case scope, pid, command, tables, bytes, levels, sharedTables, mapped, occupancy, sparseTables
    case foldableTables, foldableBytes, userFrames, sharedFrames, partial
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

  /// The column names of ``csvLines``.
  public static let csvHeader = "scope,pid,command,level,tables,bytes"

  /// A line for each level that has tables.
  public var csvLines: [String] {
    levels.filter { $0.tables > 0 }.map {
      csvLine([scope, pid.map { "\($0)" } ?? "", command ?? "", $0.level, "\($0.tables)", "\($0.bytes)"])
    }
  }
}
