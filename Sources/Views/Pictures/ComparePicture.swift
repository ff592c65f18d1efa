import LinuxKernel
import PageTables

/// The kernel page table against processes' page tables, as a grid.
struct ComparePicture: Encodable {
  struct Column: Encodable {
    var index: UInt64
    var start: JSONAddress
    /// Exclusive.
    var end: JSONAddress
    /// How many entries it stands for, if several.
    var count: Int?
    var region: String?
  }

  struct Note: Encodable {
    /// The place in `columns`.
    var column: Int
    var why: String
  }

  struct Row: Encodable {
    var pid: Int
    var command: String
    var root: JSONAddress
    /// Further processes with the same tables.
    var sharers: [Int]?
    /// One letter a column; see `legend`.
    var cells: String
    var notes: [Note]?
  }

  struct Meaning: Encodable {
    var letter: String
    var name: String
    var sentence: String
  }

  var sharing: String
  /// How it is known which addresses are the kernel's.
  var why: String
  var master: JSONAddress
  var level: String
  var columns: [Column]
  var rows: [Row]
  var rowCount: Int
  var from: Int
  /// Whether some process has an entry that is deferred, stale or different.
  var differs: Bool
  var legend: [Meaning]
  /// What is still being worked out: without it the columns have no regions yet.
  var busy: String?

  static let rowLimit = 256

  init(_ compared: ComparedProcesses, regions: KernelRegionMap?, from: Int, count: Int) {
    sharing = compared.sharing
    why = compared.why
    master = JSONAddress(compared.master.rawValue)
    level = compared.level
    columns = compared.columns.map { column in
      Column(
        index: column.index, start: JSONAddress(column.first),
        end: JSONAddress(exclusiveEndAfter: column.last), count: column.count > 1 ? column.count : nil,
        region: regions?.regions.region(at: VirtualAddress(column.first))?.name)
    }
    rows = compared.rows.dropFirst(from).prefix(count).map { row in
      Row(
        pid: row.process.pid, command: row.process.command,
        root: JSONAddress(row.process.root.lower.rawValue),
        sharers: row.process.sharers.isEmpty ? nil : row.process.sharers,
        cells: String(decoding: row.cells, as: UTF8.self),
        notes: row.notes.isEmpty ? nil : row.notes.map { Note(column: $0.column, why: $0.why) })
    }
    rowCount = compared.rows.count
    self.from = from
    let deviations = Set("dsx".utf8)
    differs = compared.rows.contains { $0.cells.contains(where: deviations.contains) }
    legend = [
      Meaning(letter: "=", name: "same", sentence: "the process has the kernel's entry"),
      Meaning(
        letter: "d", name: "deferred",
        sentence: "in the kernel page table, not yet here: an access faults until it is copied"),
      Meaning(
        letter: "s", name: "stale", sentence: "still here, no longer in the kernel page table"),
      Meaning(letter: "x", name: "different", sentence: "in both, and not the same"),
      Meaning(letter: "e", name: "explained", sentence: "not the same, and as it should be"),
      Meaning(letter: "?", name: "unreadable", sentence: "one of the two could not be read"),
      Meaning(letter: ".", name: "absent", sentence: "in neither"),
    ]
  }
}
