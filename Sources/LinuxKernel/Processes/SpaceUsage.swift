public import PageTables

/// What one address space holds: how many tables at each level, how much memory is mapped.
public struct SpaceUsage: Hashable, Sendable {
  /// Pages that hold tables, by level, counted from the format's top. A page that is reached twice, or holds
  /// several tables (ARM), counts once; a table of several pages counts as them.
  public var tablePageCounts: [Int]
  /// Bytes that present leaves map, huge pages included.
  public var presentByteCount: UInt64
  /// Bytes of those that lie in leaves above the last level.
  public var hugeByteCount: UInt64
  /// Last-level entries that stand for swapped-out pages.
  public var swappedCount: Int
  /// Whether every table could be read.
  public var isComplete: Bool

  /// Counts the tables and pages of `first` to `last`.
  ///
  /// - Complexity: linear in the tables.
  public init(
    of walker: Walker<PagingFormat>, from first: VirtualAddress, through last: VirtualAddress,
    in memory: some PhysicalMemory
  ) {
    var counter = UsageCounter(walker.format)
    let summary = walker.enumerate(from: first, through: last, in: memory, visitor: &counter)
    tablePageCounts = counter.tablePages.map(\.count)
    presentByteCount = counter.presentByteCount
    hugeByteCount = counter.hugeByteCount
    swappedCount = counter.swappedCount
    isComplete = summary.isComplete
  }
}

/// Counts while an enumeration goes on.
private struct UsageCounter: TableVisitor {
  let format: PagingFormat
  var tablePages: [Set<UInt64>]
  var presentByteCount: UInt64 = 0
  var hugeByteCount: UInt64 = 0
  var swappedCount = 0

  init(_ format: PagingFormat) {
    self.format = format
    tablePages = Array(repeating: [], count: format.levelCount)
  }

  mutating func shouldEnter(_ position: TablePosition) -> Bool {
    guard position.depth < tablePages.count else { return true }
    let byteCount = UInt64(format.level(position.depth).entryByteCount) << UInt64(position.indexBits)
    let pageBits = UInt64(format.pageSizeBits)
    let first = position.table.rawValue >> pageBits
    for page in first...(first + (byteCount - 1) >> pageBits) { tablePages[position.depth].insert(page) }
    return true
  }

  mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition) {
    let level = format.level(position.depth)
    let geometry = format.geometry(position.depth)
    let size = Int(level.entryByteCount)
    var offset = 0
    while let entry = bytes.entry(atByteOffset: offset, byteCount: size, order: format.byteOrder) {
      offset += size
      if entry == 0 { continue }
      if entry & geometry.leafMask == geometry.leafMatch {
        presentByteCount += 1 << UInt64(geometry.leafSizeBits)
        continue
      }
      let rule = level.rule(for: entry).rule
      switch rule.kind {
      case .leaf: presentByteCount += 1 << UInt64(level.shift)
      case .absent:
        if format.notPresentState(of: entry).kind == .swap { swappedCount += 1 }
      case .table, .invalid: continue
      }
    }
  }

  mutating func visitEntry(
    _ entry: UInt64, ruleIndex: Int, first: VirtualAddress, last: VirtualAddress, position: TablePosition
  ) {
    let level = format.level(position.depth)
    guard ruleIndex < level.rules.count, level.rules[ruleIndex].kind == .leaf else { return }
    let byteCount = last.rawValue &- first.rawValue &+ 1
    presentByteCount &+= byteCount
    hugeByteCount &+= byteCount
  }

  mutating func visitStop(first: VirtualAddress, last: VirtualAddress, reason: StopReason, depth: Int) {}
}
