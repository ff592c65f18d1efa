import PageTables

/// Collects the ranges of a window, and stops looking into tables once there are too many.
struct WindowCollector: TableVisitor {
  private var merger: RangeMerger<PagingFormat, RangeCollector>
  private let limit: Int
  private var isFull = false

  init(_ format: PagingFormat, first: VirtualAddress, last: VirtualAddress, limit: Int) {
    merger = RangeMerger(format: format, sink: RangeCollector(), from: first, through: last)
    self.limit = limit
  }

  /// The ranges, or nil if there were too many.
  mutating func finish() -> [MappedRange]? {
    merger.finish()
    return isFull || merger.sink.ranges.count > limit ? nil : merger.sink.ranges
  }

  mutating func shouldEnter(_ position: TablePosition) -> Bool {
    isFull = isFull || merger.sink.ranges.count > limit
    return !isFull
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
