public import KernelLab

/// What one kind of page table needs: `pagewalk.size/1`. All counts are of all processes together.
public struct SizeReport: JSONReport, Sendable {
  public static let schema = "pagewalk.size/1"

  public struct LevelTables: Encodable, Sendable {
    public var level: String
    public var tables: UInt64
    public var entries: UInt64
    public var bytes: UInt64
  }

  /// What one process's tables need.
  public struct Each: Encodable, Sendable {
    public var entries: UInt64
    public var tables: UInt64
    public var bytes: UInt64
  }

  public struct Anchors: Encodable, Sendable {
    public var entries: UInt64
    public var bytes: UInt64
  }

  /// What looking for every mapped page once took.
  public struct Lookups: Encodable, Sendable {
    public var count: UInt64
    public var averageReads: Double
    public var averageProbes: Double?
    public var longestProbes: Int?
  }

  public struct Chains: Encodable, Sendable {
    public var length: Int
    public var chains: Int
  }

  public var kind: String
  public var `case`: String?
  public var processes: UInt64
  public var entries: UInt64
  public var tables: UInt64
  public var bytes: UInt64
  public var each: Each?
  public var levels: [LevelTables]?
  public var anchors: Anchors?
  public var mappedPages: UInt64?
  public var usedEntries: Int?
  public var aliases: Int?
  public var outsideRAM: Int?
  public var lookups: Lookups?
  public var chains: [Chains]?
  public var partial: Bool?

  enum CodingKeys: String, CodingKey {
    case kind, `case`, processes, entries, tables, bytes, each, levels, anchors, mappedPages, usedEntries
    case aliases, outsideRAM, lookups, chains, partial
  }

  init(kind: TableNeed.Kind, processes: UInt64, entries: UInt64, tables: UInt64, bytes: UInt64) {
    self.kind = kind.rawValue
    self.processes = processes
    self.entries = entries
    self.tables = tables
    self.bytes = bytes
  }

  /// Arithmetic.
  public init(_ need: TableNeed, of size: TableSize) {
    // TableSize has checked that the products fit.
    let factor = need.processCount ?? 1
    self.init(
      kind: need.kind, processes: size.processCount, entries: need.entryCount &* factor,
      tables: need.tableCount &* factor, bytes: need.byteCount &* factor)
    `case` = need.case?.rawValue
    if need.processCount != nil {
      each = Each(entries: need.entryCount, tables: need.tableCount, bytes: need.byteCount)
    }
    if need.kind == .multiLevel {
      levels = need.levels.map {
        LevelTables(
          level: $0.name, tables: $0.tableCount &* factor, entries: $0.entryCount &* factor,
          bytes: $0.byteCount &* factor)
      }
    }
    if need.anchorCount > 0 { anchors = Anchors(entries: need.anchorCount, bytes: need.anchorByteCount) }
  }

  /// The column names of ``csvLine``.
  public static let csvHeader =
    "kind,case,processes,entries,tables,bytes,bytesEach,anchorBytes,usedEntries,aliases,outsideRAM,"
    + "averageReads,longestProbes"

  public var csvLine: String {
    func cell(_ value: (some CustomStringConvertible)?) -> String { value.map { "\($0)" } ?? "" }
    return Views.csvLine([
      kind, cell(`case`), "\(processes)", "\(entries)", "\(tables)", "\(bytes)", cell(each?.bytes),
      cell(anchors?.bytes), cell(usedEntries), cell(aliases), cell(outsideRAM), cell(lookups?.averageReads),
      cell(lookups?.longestProbes),
    ])
  }
}
