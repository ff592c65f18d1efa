import LinuxKernel
import PageTables

/// All that reaches one frame, ready to be shown: `pagewalk.frame/1`.
public struct FrameReport: JSONReport, Sendable {
  public static let schema = "pagewalk.frame/1"

  /// The address that was asked about, where it was not a frame.
  public struct Origin: Encodable, Sendable {
    public var pid: Int?
    public var command: String?
    public var virtual: JSONAddress
    public var physical: JSONAddress
  }

  /// What tables in the frame translate.
  public struct Table: Encodable, Sendable {
    public var level: String
    public var table: JSONAddress
    public var start: JSONAddress
    /// Exclusive.
    public var end: JSONAddress
    public var kernel: Bool?
    public var pids: [Int]?
    var last: UInt64
    var users: [String]

    enum CodingKeys: String, CodingKey {
      case level, table, start, end, kernel, pids
    }
  }

  /// One place at which the frame is mapped.
  public struct Mapping: Encodable, Sendable {
    public var pid: Int?
    public var command: String?
    /// Further processes that use the very same tables.
    public var sharers: [Int]?
    public var kernel: Bool?
    public var virtual: JSONAddress
    public var level: String
    public var pageSize: UInt64
    public var access: String
    public var region: String?
    var accessColumns: String

    enum CodingKeys: String, CodingKey {
      case pid, command, sharers, kernel, virtual, level, pageSize, access, region
    }
  }

  public var source: String
  public var frame: JSONAddress
  public var physical: JSONAddress
  public var kind: String
  public var from: Origin?
  public var tables: [Table]
  public var mappings: [Mapping]
  /// The kernel's own record of the frame.
  public var page: PageReport?
  /// Why there is none.
  public var pageUnknown: String?
  /// What is missing, in sentences.
  public var gaps: [String]?
  /// Of a running system: how many places were found and were not there any more at a second look.
  public var changed: Int?

  var useKind: FrameUse.Kind
  var size: UInt64
  var addressDigits: Int

  enum CodingKeys: String, CodingKey {
    case source, frame, physical, kind, from, tables, mappings, page, pageUnknown, gaps, changed
  }

  /// Whether any table leads to the frame.
  public var isUsed: Bool { !tables.isEmpty || !mappings.isEmpty }

  /// - Parameter regionName: the kernel's region that an address lies in, where regions are known.
  init(
    _ use: FrameUse, of source: Source, set: PageTableSet, gaps: [String],
    regionName: (VirtualAddress) -> String?
  ) {
    let format = set.format
    self.source = source.name
    frame = JSONAddress(use.physical.rawValue >> UInt64(format.pageSizeBits))
    physical = JSONAddress(use.physical.rawValue)
    useKind = use.kind
    kind = useKind.rawValue
    size = 1 << UInt64(format.pageSizeBits)
    addressDigits = Int(format.addressBits) / 4
    tables = use.tables.map { Table($0, format: format) }
    mappings = use.mappings.map { mapping in
      Mapping(
        mapping, format: format,
        region: source.linearMap?.kernelAddress(of: use.physical) == mapping.virtual
          ? "linear map" : mapping.process == nil ? regionName(mapping.virtual) : nil)
    }
    let unfinished = use.isComplete ? [] : ["the search for this frame's users met its limit"]
    let missing = gaps + unfinished
    self.gaps = missing.isEmpty ? nil : missing
  }
}

extension FrameReport.Table {
  init(_ use: TableUse, format: PagingFormat) {
    level = "\(format.level(use.depth).name)"
    table = JSONAddress(use.table.rawValue)
    start = JSONAddress(use.first.rawValue)
    end = JSONAddress(exclusiveEndAfter: use.last.rawValue)
    last = use.last.rawValue
    kernel = use.isKernel ? true : nil
    pids = use.isKernel ? nil : use.processes.map(\.pid)
    users = use.isKernel ? ["the kernel"] : use.processes.map { "\($0.pid) \($0.command)" }
  }
}

extension FrameReport.Mapping {
  init(_ mapping: FrameMapping, format: PagingFormat, region: String?) {
    pid = mapping.process?.pid
    command = mapping.process?.command
    sharers = mapping.process.flatMap { $0.sharers.isEmpty ? nil : $0.sharers }
    kernel = mapping.process == nil ? true : nil
    virtual = JSONAddress(mapping.virtual.rawValue)
    level = "\(format.level(mapping.depth).name)"
    pageSize = 1 << UInt64(mapping.pageSizeBits)
    access = mapping.access.letters
    accessColumns = mapping.access.columns
    self.region = region
  }
}
