import PageTables

/// A range of an address space at one moment: what it maps, and which tables serve it.
struct SpaceSnapshot: Sendable {
  /// A table by what it translates: its level, and the address of its first entry.
  struct TablePlace: Hashable, Comparable, Sendable {
    var base: VirtualAddress
    var depth: Int

    static func < (left: TablePlace, right: TablePlace) -> Bool {
      (left.base.rawValue, left.depth) < (right.base.rawValue, right.depth)
    }
  }

  /// They tile the range.
  private(set) var ranges: [MappedRange]
  /// The tables below the top one.
  private(set) var tables: [TablePlace: PhysicalAddress]

  /// Reads the tables of a range; nil if there are more ranges or tables than are kept.
  init?(
    _ walker: Walker<PagingFormat>, from first: VirtualAddress, through last: VirtualAddress,
    in memory: some PhysicalMemory & Sendable, limit: Int
  ) {
    var visitor = Visitor(walker.format, first: first, last: last, limit: limit)
    walker.enumerate(from: first, through: last, in: memory, tableLimit: limit, visitor: &visitor)
    guard let ranges = visitor.finish() else { return nil }
    self.ranges = ranges
    tables = visitor.tables
  }

  /// Where two snapshots of the same range differ, in address order; accessed and dirty bits are not compared.
  static func differences(
    _ old: SpaceSnapshot, _ new: SpaceSnapshot, format: PagingFormat
  ) -> [SpaceDifference] {
    var merger = DifferenceMerger(format: format)
    var differences: [SpaceDifference] = []
    merger.compare(old.ranges, new.ranges) { differences.append($0) }
    merger.finish { differences.append($0) }
    return differences
  }

  /// The snapshot with what `other` has where the two do not agree with each other taken from `old`: a moment ago that
  /// was so, and what is so now nobody knows yet.
  func keeping(
    _ old: SpaceSnapshot, whereItDiffersFrom other: SpaceSnapshot, format: PagingFormat
  ) -> SpaceSnapshot {
    var result = self
    result.ranges = []
    var next: UInt64? = ranges.first?.first.rawValue
    for difference in Self.differences(other, self, format: format) {
      guard let from = next else { break }
      if from < difference.first.rawValue {
        result.ranges += Self.cut(ranges, from: from, through: difference.first.rawValue - 1)
      }
      result.ranges += Self.cut(
        old.ranges, from: difference.first.rawValue, through: difference.last.rawValue)
      next = difference.last.rawValue == .max ? nil : difference.last.rawValue + 1
    }
    if let from = next, let last = ranges.last?.last.rawValue, from <= last {
      result.ranges += Self.cut(ranges, from: from, through: last)
    }
    for place in Set(tables.keys).union(other.tables.keys) where tables[place] != other.tables[place] {
      result.tables[place] = old.tables[place]
    }
    return result
  }

  private static func cut(_ ranges: [MappedRange], from first: UInt64, through last: UInt64) -> [MappedRange]
  {
    ranges.compactMap { range in
      let start = max(range.first.rawValue, first)
      let end = min(range.last.rawValue, last)
      guard start <= end else { return nil }
      return MappedRange(
        first: VirtualAddress(start), last: VirtualAddress(end),
        content: range.content(at: VirtualAddress(start)))
    }
  }

  /// How many bytes are mapped.
  var mappedByteCount: UInt64 { ranges.reduce(0) { $0 &+ ($1.mapping == nil ? 0 : $1.byteCount) } }
}

extension SpaceSnapshot {
  /// Merges ranges, and notes tables.
  private struct Visitor: TableVisitor {
    private var merger: RangeMerger<PagingFormat, RangeCollector>
    private let limit: Int
    private(set) var tables: [TablePlace: PhysicalAddress] = [:]

    init(_ format: PagingFormat, first: VirtualAddress, last: VirtualAddress, limit: Int) {
      merger = RangeMerger(format: format, sink: RangeCollector(), from: first, through: last)
      self.limit = limit
    }

    private var isFull: Bool { merger.sink.ranges.count > limit || tables.count >= limit }

    mutating func finish() -> [MappedRange]? {
      merger.finish()
      return isFull ? nil : merger.sink.ranges
    }

    mutating func shouldEnter(_ position: TablePosition) -> Bool {
      guard !isFull else { return false }
      if position.depth > 0 {
        tables[TablePlace(base: position.base, depth: position.depth)] = position.table
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
}
