import PageTables

/// What is mapped, as stretches: neighbours that are near are one, so that there are never many.
struct StretchCollector: RangeSink {
  private(set) var stretches: [Stretch] = []
  private var nearness: UInt64 = 1
  private static let limit = 4096

  mutating func receive(_ range: MappedRange) {
    guard range.mapping != nil else { return }
    add(Stretch(first: range.first.rawValue, last: range.last.rawValue))
  }

  mutating func add(_ stretch: Stretch) {
    if let last = stretches.last, stretch.first <= last.last || stretch.first - last.last <= nearness {
      stretches[stretches.count - 1].last = max(last.last, stretch.last)
      return
    }
    stretches.append(stretch)
    guard stretches.count > Self.limit else { return }
    repeat { nearness = nearness >= 1 << 60 ? .max : max(nearness, 4096) * 4 } while !halve()
  }

  /// Joins what is near; whether that made room.
  private mutating func halve() -> Bool {
    var joined: [Stretch] = []
    for stretch in stretches {
      if let last = joined.last, stretch.first - last.last <= nearness {
        joined[joined.count - 1].last = stretch.last
      } else {
        joined.append(stretch)
      }
    }
    stretches = joined
    return joined.count <= Self.limit / 2 || nearness == .max
  }
}

/// Columns of an address space, and how much of each has something at each level.
struct StripColumns: RangeSink {
  struct Column {
    var levelBytes: [Double]
    var mappedBytes: Double = 0
    var hugeBytes: Double = 0
    var access = Access.none
    var firstMapped: UInt64?
  }

  let starts: [UInt64]
  /// The last address of the last column.
  let last: UInt64
  private let format: PagingFormat
  private(set) var columns: [Column]

  init(_ starts: [UInt64], last: UInt64, format: PagingFormat) {
    self.starts = starts
    self.last = last
    self.format = format
    columns = Array(
      repeating: Column(levelBytes: Array(repeating: 0, count: format.levelCount)), count: starts.count)
  }

  /// The last address of a column.
  func end(of column: Int) -> UInt64 { column + 1 < starts.count ? starts[column + 1] - 1 : last }

  /// How many bytes a column spans.
  func size(of column: Int) -> Double { Double(end(of: column) - starts[column]) + 1 }

  /// Hands each column that the range meets to `body`, with how many bytes of it the range has.
  private mutating func spread(
    from first: UInt64, through last: UInt64, _ body: (inout Column, _ first: UInt64, _ bytes: Double) -> Void
  ) {
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= first { low = middle + 1 } else { high = middle }
    }
    var column = max(low - 1, 0)
    while column < starts.count, starts[column] <= last {
      let from = max(first, starts[column])
      let through = min(last, end(of: column))
      if from <= through { body(&columns[column], from, Double(through - from) + 1) }
      column += 1
    }
  }

  /// There is an entry at a level for these addresses.
  mutating func add(depth: Int, from first: UInt64, through last: UInt64) {
    spread(from: first, through: last) { $0.levelBytes[depth] += $2 }
  }

  mutating func receive(_ range: MappedRange) {
    guard let mapping = range.mapping else { return }
    let depth = Int(mapping.depth)
    let isHuge = mapping.pageSizeBits > format.pageSizeBits
    spread(from: range.first.rawValue, through: range.last.rawValue) { column, first, bytes in
      if column.firstMapped == nil { column.firstMapped = first }
      column.levelBytes[depth] += bytes
      column.mappedBytes += bytes
      if isHuge { column.hugeBytes += bytes }
      column.access = column.access.union(mapping.access)
    }
  }
}

/// Fills ``StripColumns`` in one pass over the tables.
struct StripVisitor: TableVisitor {
  private var merger: RangeMerger<PagingFormat, StripColumns>
  private let format: PagingFormat

  init(_ columns: consuming StripColumns, format: PagingFormat, from first: UInt64, through last: UInt64) {
    self.format = format
    merger = RangeMerger(
      format: format, sink: columns, from: VirtualAddress(first), through: VirtualAddress(last))
  }

  /// What came together.
  mutating func finish() -> StripColumns {
    merger.finish()
    return merger.sink
  }

  mutating func shouldEnter(_ position: TablePosition) -> Bool {
    // The entry above is what says that this table is there.
    if position.depth > 0 {
      let shift = UInt64(format.geometry(position.depth).shift) + UInt64(position.indexBits)
      let isTop = (0..<format.regionCount).contains { Int(format.region($0).firstDepth) == position.depth }
      if !isTop {
        merger.sink.add(
          depth: position.depth - 1, from: position.base.rawValue,
          through: position.base.rawValue | ((1 &<< shift) &- 1))
      }
    }
    return true
  }

  mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition) {
    merger.visitLeafTable(bytes, firstIndex: firstIndex, position: position)
  }

  mutating func visitEntry(
    _ entry: UInt64, ruleIndex: Int, first: VirtualAddress, last: VirtualAddress, position: TablePosition
  ) {
    merger.visitEntry(entry, ruleIndex: ruleIndex, first: first, last: last, position: position)
  }

  mutating func visitStop(first: VirtualAddress, last: VirtualAddress, reason: StopReason, depth: Int) {
    merger.visitStop(first: first, last: last, reason: reason, depth: depth)
  }
}
