import LinuxKernel
import PageTables

/// An address space as a strip: pieces of an axis, columns on it, and for each column what its tables hold.
struct StripPicture: Encodable {
  struct Piece: Encodable {
    var start: JSONAddress
    /// Exclusive.
    var end: JSONAddress
    var columns: Int
    var gap: Bool
    /// The largest area or region in it.
    var name: String?
    /// `user` or `kernel`.
    var half: String
  }

  struct Cell: Encodable {
    var start: JSONAddress
    /// Exclusive.
    var end: JSONAddress
    /// For each level the share of the column for which its entry is present; levels without any are left out.
    var levels: [String: Double]
    /// The first address that is mapped, if it is not the column's first.
    var first: JSONAddress?
    /// The share that is mapped.
    var mapped: Double
    /// All rights that anything in it has, of `rwxu`.
    var access: String?
    /// The share that is mapped by huge pages.
    var huge: Double?
    var area: String?
  }

  /// An area of the process, or a region of the kernel.
  struct Area: Encodable {
    var start: JSONAddress
    /// Exclusive.
    var end: JSONAddress
    var name: String
    /// As `/proc/PID/maps` writes them; absent for the kernel's regions.
    var flags: String?
    var first: UInt64
    var last: UInt64

    enum CodingKeys: String, CodingKey { case start, end, name, flags }

    init(first: UInt64, last: UInt64, name: String, flags: String?) {
      (self.first, self.last, self.name, self.flags) = (first, last, name, flags)
      start = JSONAddress(first)
      end = JSONAddress(exclusiveEndAfter: last)
    }
  }

  var pid: PictureProcess?
  var command: String?
  var from: JSONAddress
  /// Exclusive.
  var to: JSONAddress
  var pieces: [Piece]
  var cells: [Cell]
  /// Top first.
  var levelNames: [String]
  var areas: [Area]
  /// How many are not listed.
  var areasLeftOut: Int?
  /// What is missing, in sentences.
  var notes: [String]?
  /// What is going on that the kernel's regions wait for.
  var busy: String?

  static let areaLimit = 500
  /// How many tables one answer looks at; a strip of more than 256 GiB of small pages says that it is partial.
  static let tableLimit = 1 << 17

  /// - Parameters:
  ///   - range: what is drawn; nil for all of the space.
  ///   - areas: ascending; those outside the range are left out.
  ///   - border: the first address of the kernel's.
  ///   - isKernel: whether this is the kernel's own table.
  ///   - columnCount: how many columns there are at most.
  init(
    _ space: AddressSpace, of source: Source, range: Stretch?, areas all: [Area], border: UInt64?,
    isKernel: Bool, columnCount: Int
  ) {
    let format = space.format
    let pageSizeBits = UInt64(format.pageSizeBits)
    let lowest = max(format.region(0).first.rawValue, space.lowest.rawValue)
    let highest = format.region(format.regionCount - 1).last.rawValue
    let mask: UInt64 = (1 << pageSizeBits) - 1
    var whole = range ?? Stretch(first: lowest, last: highest)
    whole = Stretch(first: whole.first & ~mask, last: whole.last | mask)
    let areas = all.filter { $0.first <= whole.last && $0.last >= whole.first }
    let borders = border.map { [$0] } ?? []
    let isUser: (UInt64) -> Bool = { address in border.map { address < $0 } ?? true }
    let walker = space.walker
    var collector = StretchCollector()
    let summary = walker.ranges(
      from: VirtualAddress(whole.first), through: VirtualAddress(whole.last), in: source.memory,
      tableLimit: Self.tableLimit, into: &collector)
    // Of the kernel's regions some span terabytes and hold nothing: only what is mapped of them is drawn.
    let held = Self.union(
      collector.stretches,
      areas.filter { $0.flags != nil }.map {
        Stretch(first: max($0.first & ~mask, whole.first), last: min($0.last | mask, whole.last))
      })
    let layout = StripLayout(
      held, in: whole, borders: borders, columnCount: columnCount, pageSizeBits: pageSizeBits)
    var visitor = StripVisitor(
      StripColumns(layout.columnStarts(pageSizeBits: pageSizeBits), last: whole.last, format: format),
      format: format, from: whole.first, through: whole.last)
    walker.enumerate(
      from: VirtualAddress(whole.first), through: VirtualAddress(whole.last), in: source.memory,
      tableLimit: Self.tableLimit, visitor: &visitor)
    let columns = visitor.finish()
    pid = space.process.map { .pid($0.pid) } ?? (isKernel ? .kernel : nil)
    command = space.process?.command ?? (isKernel ? "kernel" : nil)
    from = JSONAddress(whole.first)
    to = JSONAddress(exclusiveEndAfter: whole.last)
    levelNames = (0..<format.levelCount).map { "\(format.level($0).name)" }
    pieces = layout.pieces.map { piece in
      Piece(
        start: JSONAddress(piece.stretch.first), end: JSONAddress(exclusiveEndAfter: piece.stretch.last),
        columns: piece.columnCount, gap: piece.isGap,
        name: piece.isGap ? nil : Self.largest(of: areas, in: piece.stretch)?.name,
        half: isUser(piece.stretch.first) ? "user" : "kernel")
    }
    let names = levelNames
    cells = columns.starts.indices.map { index in
      let stretch = Stretch(first: columns.starts[index], last: columns.end(of: index))
      return Cell(
        columns.columns[index], stretch, size: columns.size(of: index), levelNames: names,
        area: Self.largest(of: areas, in: stretch)?.name)
    }
    self.areas = Array(areas.prefix(Self.areaLimit))
    areasLeftOut = areas.count > Self.areaLimit ? areas.count - Self.areaLimit : nil
    if !summary.isComplete {
      notes = ["some tables could not be read, or there are too many: what they hold is not drawn"]
    }
  }

  /// Two ascending lists as one, neighbours that touch joined.
  static func union(_ one: [Stretch], _ other: [Stretch]) -> [Stretch] {
    var result: [Stretch] = []
    for stretch in (one + other).sorted(by: { $0.first < $1.first }) {
      if let last = result.last, stretch.first <= last.last || stretch.first - last.last == 1 {
        result[result.count - 1].last = max(last.last, stretch.last)
      } else {
        result.append(stretch)
      }
    }
    return result
  }

  /// The area that has most of a stretch.
  ///
  /// - Complexity: O(log n) and the areas in the stretch.
  private static func largest(of areas: [Area], in stretch: Stretch) -> Area? {
    var low = 0
    var high = areas.count
    while low < high {
      let middle = (low + high) / 2
      if areas[middle].last < stretch.first { low = middle + 1 } else { high = middle }
    }
    var best: (area: Area, bytes: UInt64)?
    while low < areas.count, areas[low].first <= stretch.last {
      let bytes = min(areas[low].last, stretch.last) - max(areas[low].first, stretch.first)
      if best.map({ bytes > $0.bytes }) ?? true { best = (areas[low], bytes) }
      low += 1
    }
    return best?.area
  }
}

extension StripPicture.Cell {
  init(_ column: StripColumns.Column, _ stretch: Stretch, size: Double, levelNames: [String], area: String?) {
    // Three decimals are more than a column of pixels can show; what is there at all is never shown as nothing.
    func share(_ bytes: Double) -> Double {
      bytes <= 0 ? 0 : max(0.001, (min(bytes / size, 1) * 1000).rounded() / 1000)
    }
    start = JSONAddress(stretch.first)
    end = JSONAddress(exclusiveEndAfter: stretch.last)
    levels = [:]
    for (depth, bytes) in column.levelBytes.enumerated() where bytes > 0 {
      levels[levelNames[depth]] = share(bytes)
    }
    first = column.firstMapped.flatMap { $0 == stretch.first ? nil : JSONAddress($0) }
    mapped = share(column.mappedBytes)
    access = column.mappedBytes > 0 ? column.access.letters : nil
    huge = column.hugeBytes > 0 ? share(column.hugeBytes) : nil
    self.area = area
  }
}
