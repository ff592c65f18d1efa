import KernelLab

/// What one action changed in the lab's machine.
public struct ChangeReport: Encodable, Sendable {
  public struct Entry: Encodable, Sendable {
    public var owner: String
    public var level: String
    public var index: UInt64
    public var address: JSONAddress
    public var entryAddress: JSONAddress
    public var old: JSONAddress
    public var new: JSONAddress
    /// Linux's own word beside the hardware's entry (ARM).
    public var isLinux: Bool

    enum CodingKeys: String, CodingKey {
      case owner, level, index, address, entryAddress, old, new
      case isLinux = "linux"
    }
  }

  public struct Table: Encodable, Sendable {
    public var owner: String
    public var level: String
    public var address: JSONAddress
    public var isNew: Bool

    enum CodingKeys: String, CodingKey {
      case owner, level, address
      case isNew = "new"
    }
  }

  public struct Frames: Encodable, Sendable {
    public var frame: JSONAddress
    public var count: Int
    public var kind: String
    public var isAllocated: Bool

    enum CodingKeys: String, CodingKey {
      case frame, count, kind
      case isAllocated = "allocated"
    }
  }

  public struct Translation: Encodable, Sendable {
    public var cpu: Int
    public var address: JSONAddress
    public var physical: JSONAddress
    public var pageSize: UInt64
    public var isNew: Bool

    enum CodingKeys: String, CodingKey {
      case cpu, address, physical, pageSize
      case isNew = "new"
    }
  }

  public struct Measure: Encodable, Sendable {
    public var pid: Int
    public var name: String
    public var old: UInt64
    public var new: UInt64
  }

  public var entries: [Entry]?
  public var tables: [Table]?
  public var frames: [Frames]?
  public var translations: [Translation]?
  /// How much each counter has grown.
  public var counters: [String: UInt64]?
  public var measures: [Measure]?

  enum CodingKeys: String, CodingKey { case entries, tables, frames, translations, counters, measures }

  init(_ changes: MachineChanges) {
    func list<Item, Report>(_ items: [Item], _ report: (Item) -> Report) -> [Report]? {
      items.isEmpty ? nil : items.map(report)
    }
    entries = list(changes.entries) {
      Entry(
        owner: $0.owner, level: $0.level, index: $0.index, address: JSONAddress($0.address),
        entryAddress: JSONAddress($0.entryAddress), old: JSONAddress($0.old), new: JSONAddress($0.new),
        isLinux: $0.isLinux)
    }
    tables = list(changes.tables) {
      Table(owner: $0.owner, level: $0.level, address: JSONAddress($0.address), isNew: $0.isNew)
    }
    frames = list(changes.frames) {
      Frames(frame: JSONAddress($0.frame), count: $0.count, kind: $0.kind.words, isAllocated: $0.isAllocated)
    }
    translations = list(changes.translations) {
      Translation(
        cpu: $0.cpu, address: JSONAddress($0.address), physical: JSONAddress($0.physical),
        pageSize: 1 << UInt64($0.sizeBits), isNew: $0.isNew)
    }
    counters =
      changes.counters.isEmpty
      ? nil : Dictionary(changes.counters.map { ($0.name, $0.difference) }, uniquingKeysWith: { $1 })
    measures = list(changes.measures) { Measure(pid: $0.pid, name: $0.name, old: $0.old, new: $0.new) }
  }

  /// More lines of one kind are counted, not shown.
  private static let lineLimit = 16

  /// For a person, a line a change: entries by level as `old -> new`, frames, TLBs, counters.
  var text: [String] {
    var lines: [String] = []
    func add<Item>(_ items: [Item]?, _ name: String, _ line: (Item) -> String) {
      guard let items else { return }
      for item in items.prefix(Self.lineLimit) { lines.append(line(item)) }
      if items.count > Self.lineLimit { lines.append("and \(items.count - Self.lineLimit) more \(name)") }
    }
    add(tables, "tables") {
      "\($0.isNew ? "new" : "freed") \($0.level) table at \(hexadecimal($0.address.value)) of \($0.owner)"
    }
    add(entries, "entries") {
      "\($0.owner): \($0.isLinux ? "Linux's " : "")\($0.level)[\(hexadecimal($0.index))] for \(hexadecimal($0.address.value)): "
        + "\(hexadecimal($0.old.value)) -> \(hexadecimal($0.new.value))"
    }
    add(frames, "frames") {
      "frame \(hexadecimal($0.frame.value))\($0.count > 1 ? " and \($0.count - 1) more" : "") "
        + "\($0.isAllocated ? "allocated" : "freed"): \($0.kind)"
    }
    add(translations, "translations") {
      "CPU \($0.cpu)'s TLB \($0.isNew ? "takes up" : "forgets") \(hexadecimal($0.address.value)): "
        + "\(hexadecimal($0.physical.value))"
    }
    add(measures, "numbers") {
      let isSize = $0.name.first?.isUppercase == true
      return "\($0.pid): \($0.name) "
        + (isSize ? "\(sizeText($0.old)) -> \(sizeText($0.new))" : "\($0.old) -> \($0.new)")
    }
    if let counters {
      lines.append(
        counters.sorted { $0.key < $1.key }.map { "\($0.key) +\($0.value)" }.joined(separator: ", "))
    }
    return lines
  }
}

extension FrameDescriptor.Kind {
  /// The kind's name in reports.
  var words: String {
    switch self {
    case .free: "free"
    case .reserved: "reserved"
    case .pageTable: "page-table"
    case .anonymous: "anonymous"
    case .file: "file"
    case .sharedMemory: "shared-memory"
    case .hugePage: "huge-page"
    case .zero: "zero"
    case .vmalloc: "vmalloc"
    case .kernel: "kernel"
    }
  }
}
