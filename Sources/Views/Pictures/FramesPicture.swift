import LinuxKernel
import PageTables

/// Physical memory as a map: a letter for what a frame, or most of several, is used for.
struct FramesPicture: Encodable {
  struct Meaning: Encodable {
    var letter: String
    var kind: String
    var name: String
    /// How many frames of all RAM are of this kind; absent for what is no kind.
    var count: Int?
  }

  /// Frame numbers; `to` is exclusive.
  var from: UInt64
  var to: UInt64
  var framesPerCell: UInt64
  var cells: String
  var legend: [Meaning]
  /// What is missing, in sentences.
  var notes: [String]?

  static let cellLimit: UInt64 = 16384

  init(_ census: FrameCensus, levelNames: [String], range: Range<UInt64>?, notes: [String]) {
    let whole = range ?? census.frames
    from = whole.lowerBound
    to = whole.upperBound
    let frameCount = max(whole.upperBound - whole.lowerBound, 1)
    // A power of two, so that a map keeps its shape when it is zoomed.
    var perCell: UInt64 = 1
    while (frameCount - 1) / perCell + 1 > Self.cellLimit { perCell *= 2 }
    framesPerCell = perCell
    let cellCount = (whole.upperBound - whole.lowerBound + perCell - 1) / perCell
    var letters: [UInt8] = []
    letters.reserveCapacity(Int(cellCount))
    var counts: [Int] = []
    for cell in 0..<cellCount {
      let first = whole.lowerBound + cell * perCell
      census.count(first..<min(first + perCell, whole.upperBound), into: &counts)
      letters.append(Self.letter(for: counts))
    }
    cells = String(decoding: letters, as: UTF8.self)
    census.count(census.frames, into: &counts)
    legend = FrameCensus.Kind.all(levelCount: levelNames.count).map { kind in
      Meaning(
        letter: String(decoding: [kind.letter], as: UTF8.self), kind: kind.identifier,
        name: kind.name(levelNames: levelNames), count: counts[Int(kind.rawValue)])
    }
    legend.append(Meaning(letter: "*", kind: "several", name: "several kinds, none of them more than half"))
    legend.append(Meaning(letter: " ", kind: "hole", name: "no RAM"))
    var notes = notes
    if framesPerCell > 1 {
      notes.append("a cell shows what processes and page tables have of its frames, if they have any")
    }
    self.notes = notes.isEmpty ? nil : notes
  }

  /// The letter of the kind that more than half of the frames have. What processes and page tables have goes before
  /// the rest, which would drown it: there is far more of that.
  private static func letter(for counts: [Int]) -> UInt8 {
    let told = counts.indices.filter { FrameCensus.Kind(rawValue: UInt8($0))?.isProcesses ?? false }
    let voters = told.contains { counts[$0] > 0 } ? told : Array(counts.indices)
    let known = voters.reduce(0) { $0 + counts[$1] }
    guard known > 0, let most = voters.max(by: { counts[$0] < counts[$1] }) else { return UInt8(ascii: " ") }
    guard counts[most] * 2 > known, let kind = FrameCensus.Kind(rawValue: UInt8(most)) else {
      return UInt8(ascii: "*")
    }
    return kind.letter
  }
}

extension FrameCensus.Kind {
  /// Whether it is a process's memory, or a page table.
  var isProcesses: Bool {
    switch self {
    case .anonymous, .file, .shared, .table1, .table2, .table3, .table4, .table5: true
    case .unknown, .free, .kernel, .excluded: false
    }
  }
}

extension FrameCensus.Kind {
  var letter: UInt8 {
    switch self {
    case .unknown: UInt8(ascii: "u")
    case .free: UInt8(ascii: "F")
    case .kernel: UInt8(ascii: "k")
    case .anonymous: UInt8(ascii: "a")
    case .file: UInt8(ascii: "f")
    case .shared: UInt8(ascii: "s")
    case .excluded: UInt8(ascii: "x")
    case .table1, .table2, .table3, .table4, .table5: UInt8(ascii: "0") + tableLevel
    }
  }

  /// 1 for the last level's tables; 0 for no table.
  var tableLevel: UInt8 { rawValue >= Self.table1.rawValue ? rawValue - Self.table1.rawValue + 1 : 0 }

  var identifier: String {
    switch self {
    case .unknown: "unknown"
    case .free: "free"
    case .kernel: "kernel"
    case .anonymous: "anonymous"
    case .file: "file"
    case .shared: "shared"
    case .excluded: "excluded"
    case .table1, .table2, .table3, .table4, .table5: "table"
    }
  }

  /// - Parameter levelNames: top first.
  func name(levelNames: [String]) -> String {
    switch self {
    case .unknown: "the kernel's own, or free: nothing tells"
    case .free: "free"
    case .kernel: "the kernel's: mapped by it, or in use and by no process"
    case .anonymous: "private memory of one process"
    case .file: "a page of a file"
    case .shared: "memory that several processes share"
    case .excluded: "not in the image"
    case .table1, .table2, .table3, .table4, .table5:
      "page table: "
        + (Int(tableLevel) <= levelNames.count ? levelNames[levelNames.count - Int(tableLevel)] : "level")
    }
  }

  /// All kinds that a format's memory can have, tables first.
  static func all(levelCount: Int) -> [FrameCensus.Kind] {
    let tables: [FrameCensus.Kind] = [.table5, .table4, .table3, .table2, .table1]
    return tables.suffix(levelCount) + [.anonymous, .file, .shared, .kernel, .free, .excluded, .unknown]
  }
}
