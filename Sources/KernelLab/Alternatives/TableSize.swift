/// What linear, multi-level, inverted and hashed tables need for the same mappings: arithmetic, nothing else.
///
/// ```swift
/// let shape = try PagingShape(indexBits: [10, 10], pageByteCount: 4096, entryByteCount: 4)
/// var size = TableSize(shape)
/// size.ramByteCount = 4 << 30
/// size.processCount = 4
/// for need in try size.needs() { print(need.kind, need.entryCount, need.byteCount) }
/// ```
public struct TableSize: Hashable, Sendable {
  public var shape: PagingShape
  /// The machine's RAM; nil if it is not known, and then nothing is said of inverted tables.
  public var ramByteCount: UInt64?
  public var processCount: UInt64 = 1
  /// What each process maps; nil if that is not known.
  public var mappedByteCount: UInt64?
  /// The bytes of an inverted table's entry, without the anchors.
  public var invertedEntryByteCount = InvertedTable.entryByteCount

  public init(_ shape: PagingShape) { self.shape = shape }

  /// How many frames RAM has; what is left of it below a page is none.
  public var frameCount: UInt64? { ramByteCount.map { $0 >> UInt64(shape.pageSizeBits) } }
  /// How many pages each process maps; a part of a page takes a whole one.
  public var mappedPageCount: UInt64? { mappedByteCount?.dividedUp(by: shape.pageByteCount) }

  /// The needs of every kind of table that enough is known for.
  ///
  /// - Throws: if the numbers do not fit together, or a result cannot be counted in 64 bits.
  public func needs() throws(TableSizeError) -> [TableNeed] {
    try check()
    var needs = [try linear(), try multiLevel(.empty, pages: 0)]
    if let pages = mappedPageCount, pages > 0 {
      needs.append(try multiLevel(.dense, pages: pages))
      needs.append(try multiLevel(.sparse, pages: pages))
    }
    needs.append(try multiLevel(.full, pages: 1 << UInt64(shape.addressBits - shape.pageSizeBits)))
    if let frameCount { needs.append(try inverted(frameCount)) }
    if let pages = try mappedPageCount?.times(processCount, "the mapped pages") ?? frameCount {
      needs.append(try hashed(pages))
    }
    for need in needs {
      _ = try need.byteCount.times(need.processCount ?? 1, "the bytes of \(need.kind.rawValue) tables")
    }
    return needs
  }

  private func check() throws(TableSizeError) {
    guard (1...1 << 32).contains(processCount) else { throw .processes(processCount) }
    guard (1...64).contains(invertedEntryByteCount) else { throw .entrySize(invertedEntryByteCount) }
    if let ramByteCount, frameCount == 0 { throw .ram(ramByteCount) }
    let pages: UInt64 = 1 << UInt64(shape.addressBits - shape.pageSizeBits)
    if let mappedPageCount, let mappedByteCount, mappedPageCount > pages {
      throw .mapped(mappedByteCount, addressBits: shape.addressBits)
    }
  }

  private func linear() throws(TableSizeError) -> TableNeed {
    let table = try LinearTable(shape)
    return TableNeed(
      kind: .linear, processCount: processCount,
      levels: [
        .init(
          name: shape.lastLevel.name, tableCount: 1, entryCount: table.entryCount, byteCount: table.byteCount)
      ])
  }

  /// The tree over so many pages. Dense tables halve, as it were, from the last level up; of sparse ones each page
  /// has its own at every level, as far as there are so many.
  private func multiLevel(_ mapped: TableNeed.Case, pages: UInt64) throws(TableSizeError) -> TableNeed {
    var levels: [TableNeed.LevelTables] = []
    var indexBitsAbove = 0
    for (depth, level) in shape.levels.enumerated() {
      let most: UInt64 = 1 << UInt64(indexBitsAbove)
      indexBitsAbove += level.indexBits
      let spanned = shape.levels[depth...].reduce(0) { $0 + $1.indexBits }
      let tables =
        switch mapped {
        case _ where depth == 0: UInt64(1)
        case .empty: UInt64(0)
        case .sparse: min(pages, most)
        case .dense, .full: pages.dividedUp(by: 1 << UInt64(spanned))
        }
      let allocations =
        mapped == .sparse
        ? min(tables, most.dividedUp(by: UInt64(level.tablesPerAllocation)))
        : tables.dividedUp(by: UInt64(level.tablesPerAllocation))
      levels.append(
        .init(
          name: level.name, tableCount: tables,
          entryCount: try tables.times(1 << UInt64(level.indexBits), "the tables' entries"),
          byteCount: try allocations.times(level.allocationByteCount, "the tables' bytes")))
    }
    var bytes: UInt64 = 0
    for level in levels { bytes = try bytes.plus(level.byteCount, "the tables' bytes") }
    return TableNeed(kind: .multiLevel, case: mapped, processCount: processCount, levels: levels)
  }

  private func inverted(_ frameCount: UInt64) throws(TableSizeError) -> TableNeed {
    try chained(
      .inverted, entryCount: frameCount, entryByteCount: invertedEntryByteCount, anchorsFor: frameCount)
  }

  private func hashed(_ pageCount: UInt64) throws(TableSizeError) -> TableNeed {
    try chained(
      .hashed, entryCount: pageCount, entryByteCount: HashedTable.headByteCount + HashedTable.slotByteCount,
      anchorsFor: pageCount)
  }

  private func chained(
    _ kind: TableNeed.Kind, entryCount: UInt64, entryByteCount: UInt64, anchorsFor count: UInt64
  ) throws(TableSizeError) -> TableNeed {
    let bits = ChainAnchors.bits(for: count)
    guard bits < 62 else { throw .tooLarge("the entries of the \(kind.rawValue) table") }
    let bytes = try entryCount.times(entryByteCount, "the bytes of the \(kind.rawValue) table")
    let anchorBytes = UInt64(1) << UInt64(bits) * ChainAnchors.byteCount
    _ = try bytes.plus(anchorBytes, "the bytes of the \(kind.rawValue) table")
    return TableNeed(
      kind: kind, levels: [.init(name: "entries", tableCount: 1, entryCount: entryCount, byteCount: bytes)],
      anchorCount: 1 << UInt64(bits), anchorByteCount: anchorBytes)
  }
}
