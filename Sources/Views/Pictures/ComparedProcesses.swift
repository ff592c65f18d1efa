import LinuxKernel
import PageTables

/// All processes compared with the kernel page table, laid out as a grid: an entry of the kernel's half a column,
/// a process a row. Worked out once; pictures are cut from it.
struct ComparedProcesses: Sendable {
  /// An entry, or several neighbours in which no process differs from another.
  struct Column: Sendable {
    var index: UInt64
    var first: UInt64
    var last: UInt64
    /// How many entries it stands for.
    var count: Int
    /// Whether the kernel page table has the first of them.
    var isInMaster: Bool
  }

  struct Row: Sendable {
    var process: ProcessTables
    var cells: [UInt8]
    var notes: [Note]
  }

  struct Note: Sendable {
    var column: Int
    var why: String
  }

  /// `copied`, or `separate-roots`.
  var sharing: String
  var why: String
  var master: PhysicalAddress
  var level: String
  var columns: [Column]
  var rows: [Row]

  static let columnLimit = 512
  /// So many processes are compared; the answer says how many there are.
  static let processLimit = 4096
  private static let noteLimit = 32

  /// The worse of two letters, where one column stands for several entries.
  private static let order = Array(".=edsx?".utf8)

  static func letter(of verdict: ComparedEntry.Verdict) -> UInt8 {
    switch verdict {
    case .deferred: UInt8(ascii: "d")
    case .stale: UInt8(ascii: "s")
    case .different: UInt8(ascii: "x")
    case .explained: UInt8(ascii: "e")
    case .unreadable: UInt8(ascii: "?")
    }
  }

  init(_ source: Source) throws(SourceError) {
    let answer = try ComparisonRequest().answer(from: source)
    let setup = answer.setup
    let format = setup.format
    let half = setup.half
    sharing = half.copied.isEmpty ? "separate-roots" : "copied"
    why = half.evidence.detail
    master = half.copied.isEmpty ? setup.master.upper : setup.master.lower
    level = ""
    columns = []
    rows = []
    let comparisons = answer.comparisons.prefix(Self.processLimit)
    guard let first = half.copied.first else {
      rows = comparisons.map { Row(process: $0.process, cells: [], notes: []) }
      return
    }
    // Where each process has a top-level table of its own, the entries below are what is compared.
    let walker = Walker(format: format, root: setup.master)
    let top = Self.entries(of: walker, in: half.copied, depth: first.depth, memory: source.memory)
    let isCopiedBelow =
      first.depth + 1 < format.levelCount
      && comparisons.contains { $0.kernelPart.entryCount > top.count }
    let depth = isCopiedBelow ? first.depth + 1 : first.depth
    level = "\(format.level(depth).name)"
    let shift = UInt64(format.level(depth).shift)
    let present =
      isCopiedBelow
      ? Self.entries(of: walker, in: half.copied, depth: depth, memory: source.memory) : top
    var indices = present
    for entry in comparisons.flatMap(\.kernelPart.entries) {
      let index = entry.first.rawValue >> shift
      // An entry above spans many; where the kernel has none of them one column stands for all.
      let last = entry.last.rawValue >> shift
      if indices.isDisjoint(with: [index]),
        entry.depth >= depth || !present.contains(where: { $0 >= index && $0 <= last })
      {
        indices.insert(index)
      }
    }
    let indexMask = Self.indexMask(format, depth: depth, part: first)
    columns = indices.sorted().map { index in
      Column(
        index: index & indexMask, first: index << shift, last: index << shift | ((1 << shift) - 1), count: 1,
        isInMaster: present.contains(index))
    }
    rows = comparisons.map { Self.row($0, columns: columns, depth: depth) }
    narrow()
  }

  /// The bits of an entry's number in its table.
  private static func indexMask(_ format: PagingFormat, depth: Int, part: KernelHalf.Part) -> UInt64 {
    let bits = depth == part.depth ? part.indexBits : format.level(depth).indexBits
    return (1 << UInt64(bits)) - 1
  }

  /// Which entries of a level the kernel page table has, as addresses shifted by the level's span.
  private static func entries(
    of walker: Walker<PagingFormat>, in parts: [KernelHalf.Part], depth: Int,
    memory: any PhysicalMemory & Sendable
  ) -> Set<UInt64> {
    var finder = EntryFinder(depth: depth, shift: UInt64(walker.format.level(depth).shift))
    for part in parts {
      walker.enumerate(from: part.first, through: part.last, in: memory, visitor: &finder)
    }
    return finder.found
  }

  private static func row(_ comparison: ProcessComparison, columns: [Column], depth: Int) -> Row {
    var cells = columns.map { $0.isInMaster ? UInt8(ascii: "=") : UInt8(ascii: ".") }
    var notes: [Note] = []
    for entry in comparison.kernelPart.entries {
      let letter = letter(of: entry.verdict)
      var place = columns.partitioningIndex { $0.last >= entry.first.rawValue }
      var isNoted = false
      while place < columns.count, columns[place].first <= entry.last.rawValue {
        cells[place] = worse(cells[place], letter)
        if !isNoted, notes.count < noteLimit, entry.verdict != .deferred || entry.why != nil {
          notes.append(Note(column: place, why: entry.why ?? sentence(entry.verdict)))
          isNoted = true
        }
        place += 1
      }
    }
    return Row(process: comparison.process, cells: cells, notes: notes)
  }

  private static func sentence(_ verdict: ComparedEntry.Verdict) -> String {
    switch verdict {
    case .deferred: "not here yet: an access faults until it is copied"
    case .stale: "still here, gone from the kernel page table"
    case .different: "in both, and not the same"
    case .explained: "as it should be"
    case .unreadable: "could not be read"
    }
  }

  private static func worse(_ one: UInt8, _ other: UInt8) -> UInt8 {
    (order.firstIndex(of: one) ?? 0) >= (order.firstIndex(of: other) ?? 0) ? one : other
  }

  // MARK: Fewer columns

  /// Joins neighbours that no process tells apart, and if that is not enough any neighbours.
  private mutating func narrow() {
    guard columns.count > Self.columnLimit else { return }
    let (columns, rows) = (columns, rows)
    join { one, other in
      columns[one].last &+ 1 == columns[other].first && columns[one].isInMaster == columns[other].isInMaster
        && rows.allSatisfy { $0.cells[one] == $0.cells[other] }
    }
    guard self.columns.count > Self.columnLimit else { return }
    let width = (self.columns.count + Self.columnLimit - 1) / Self.columnLimit
    join { _, other in other % width != 0 }
  }

  private mutating func join(_ belongTogether: (Int, Int) -> Bool) {
    var groups: [Int] = []
    var groupCount = 0
    for place in columns.indices {
      if place > 0, !belongTogether(place - 1, place) { groupCount += 1 }
      groups.append(groupCount)
    }
    var joined: [Column] = []
    for (place, column) in columns.enumerated() {
      if groups[place] < joined.count {
        joined[groups[place]].last = column.last
        joined[groups[place]].count += column.count
      } else {
        joined.append(column)
      }
    }
    for row in rows.indices {
      var cells = [UInt8](repeating: UInt8(ascii: "."), count: joined.count)
      for (place, cell) in rows[row].cells.enumerated() {
        cells[groups[place]] = Self.worse(cells[groups[place]], cell)
      }
      rows[row].cells = cells
      for note in rows[row].notes.indices {
        rows[row].notes[note].column = groups[rows[row].notes[note].column]
      }
    }
    columns = joined
  }
}

/// Finds which entries of one level there are.
private struct EntryFinder: TableVisitor {
  let depth: Int
  let shift: UInt64
  var found: Set<UInt64> = []

  mutating func shouldEnter(_ position: TablePosition) -> Bool {
    // A table one level below is an entry of this one.
    if position.depth == depth + 1 { found.insert(position.base.rawValue >> shift) }
    return position.depth <= depth
  }

  mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition) {}

  mutating func visitEntry(
    _ entry: UInt64, ruleIndex: Int, first: VirtualAddress, last: VirtualAddress, position: TablePosition
  ) {
    guard position.depth == depth, entry != 0 else { return }
    found.insert(first.rawValue >> shift)
  }

  mutating func visitStop(first: VirtualAddress, last: VirtualAddress, reason: StopReason, depth: Int) {}
}

extension Array {
  /// The first place from which on `isBehind` holds, in a list that it divides in two.
  fileprivate func partitioningIndex(_ isBehind: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
