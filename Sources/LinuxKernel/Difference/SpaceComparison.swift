public import PageTables

/// Compares two address spaces of one format, range by range.
///
/// The ranges of both are never kept all at once: the space is halved until a window holds few enough of them.
public struct SpaceComparison: Sendable {
  public var format: PagingFormat
  public var before: PageTableRoot
  public var after: PageTableRoot
  /// How many ranges of a space are kept at a time.
  let windowLimit: Int
  /// How many tables of each space are read, repetitions included, before the comparison gives up.
  private static let tableLimit = 1 << 23

  public init(format: PagingFormat, before: PageTableRoot, after: PageTableRoot) {
    self.init(format: format, before: before, after: after, windowLimit: 1 << 16)
  }

  init(format: PagingFormat, before: PageTableRoot, after: PageTableRoot, windowLimit: Int) {
    self.format = format
    self.before = before
    self.after = after
    self.windowLimit = max(windowLimit, 1)
  }

  /// Hands every difference between two addresses to `body`, in address order.
  ///
  /// - Returns: whether all tables of both could be read and followed; where not, the ranges in question compare
  ///   as gaps with that reason, or, past the limit of tables, not at all.
  /// - Complexity: tables are read again for each halving, at most a few dozen times.
  @discardableResult
  public func forEachDifference(
    from first: VirtualAddress = VirtualAddress(0), through last: VirtualAddress = VirtualAddress(.max),
    in oldMemory: some PhysicalMemory & Sendable, and newMemory: some PhysicalMemory & Sendable,
    _ body: (SpaceDifference) -> Void
  ) -> Bool {
    let spaceEnd = format.addressBits >= 64 ? UInt64.max : (1 << UInt64(format.addressBits)) - 1
    let end = min(last.rawValue, spaceEnd)
    guard first.rawValue <= end else { return true }
    var merger = DifferenceMerger(format: format)
    var isComplete = true
    // Windows that are left, the next one last.
    var windows: [(first: UInt64, last: UInt64)] = [(first.rawValue, end)]
    var remaining = Self.tableLimit
    let smallest = UInt64(1) << UInt64(format.pageSizeBits) &* 512
    while let window = windows.popLast() {
      let isSmallest = window.last - window.first < smallest
      let limit = isSmallest ? Int.max : windowLimit
      guard remaining > 0 else {
        isComplete = false
        break
      }
      let old = ranges(before, window, limit: limit, tables: &remaining, in: oldMemory)
      let new = old == nil ? nil : ranges(after, window, limit: limit, tables: &remaining, in: newMemory)
      guard let old, let new else {
        let middle = window.first + (window.last - window.first) / 2
        windows.append((middle + 1, window.last))
        windows.append((window.first, middle))
        continue
      }
      isComplete = isComplete && old.isComplete && new.isComplete
      merger.compare(old.ranges, new.ranges, body)
    }
    merger.finish(body)
    return isComplete
  }

  /// The ranges of one space in a window, or nil if there are too many.
  private func ranges(
    _ root: PageTableRoot, _ window: (first: UInt64, last: UInt64), limit: Int, tables remaining: inout Int,
    in memory: some PhysicalMemory & Sendable
  ) -> (ranges: [MappedRange], isComplete: Bool)? {
    let first = VirtualAddress(window.first)
    let last = VirtualAddress(window.last)
    var collector = WindowCollector(format, first: first, last: last, limit: limit)
    let summary = Walker(format: format, root: root).enumerate(
      from: first, through: last, in: memory, tableLimit: max(remaining, 1), visitor: &collector)
    remaining -= summary.tableCount
    guard let ranges = collector.finish() else { return nil }
    return (ranges, summary.isComplete)
  }
}
