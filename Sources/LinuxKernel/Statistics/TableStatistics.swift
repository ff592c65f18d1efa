public import PageTables

/// How much memory page tables take, what they map, and how well they are used.
public struct TableStatistics: Sendable {
  /// The kernel's master first, if it is known, then the processes.
  public var spaces: [SpaceStatistics]
  /// The sum over all spaces.
  public var total: SpaceStatistics
  /// Frames of RAM that several processes' user halves map.
  public var sharedFrameCount: Int
  /// Frames of RAM that user halves map at all.
  public var userFrameCount: Int
  public var frameByteCount: UInt64
  /// The last address of the processes' half.
  public var lastUserAddress: VirtualAddress
  /// Whether every table could be read, and all RAM was counted.
  public var isComplete: Bool

  /// Counts the tables of a system.
  ///
  /// Each table is read once and belongs to the first that reaches it: the master, then the processes in their
  /// order.
  ///
  /// - Parameters:
  ///   - tables: all page tables.
  ///   - ram: where there is RAM, ascending; frames outside are not counted as shared.
  ///   - tableLimit: how many tables are read at most.
  /// - Complexity: every table is read once; two bytes are kept for each frame of RAM.
  public init(
    _ tables: PageTableSet, ram: [RAMRange], in memory: some PhysicalMemory & Sendable,
    tableLimit: Int = 1 << 22
  ) {
    let format = tables.format
    let layout = KernelLayout(AuditInput(tables: tables, ram: ram, tableLimit: tableLimit), in: memory)
    let frames = FrameTable<UInt16>(ram, frameBits: format.pageSizeBits)
    var known: Set<UInt64> = []
    var remaining = tableLimit
    var spaces: [SpaceStatistics] = []
    var isComplete = true
    var roots: [(root: PageTableRoot, pid: Int?, command: String)] = tables.processes.map {
      ($0.root, $0.pid, $0.command)
    }
    if let master = tables.master { roots.insert((master, nil, "kernel"), at: 0) }
    for (index, space) in roots.enumerated() {
      // The lower root of a master of two is not its own.
      let isUpperOnly = space.pid == nil && layout.hasSplitRoots
      var counter = TableCounter(
        format, known: known, frames: frames, owner: index, userEnd: layout.first.rawValue)
      known = []
      let summary = Walker(format: format, root: space.root).enumerate(
        from: isUpperOnly ? layout.first : VirtualAddress(0), in: memory, tableLimit: remaining,
        visitor: &counter)
      remaining -= summary.tableCount
      isComplete = isComplete && summary.isComplete
      known = counter.known
      spaces.append(counter.statistics(pid: space.pid, command: space.command))
    }
    self.spaces = spaces
    total = Self.sum(spaces, format: format)
    userFrameCount = frames.count { $0 & TableCounter.ownerMask != 0 }
    sharedFrameCount = frames.count { $0 & TableCounter.sharedBit != 0 }
    frameByteCount = 1 << UInt64(format.pageSizeBits)
    lastUserAddress = layout.userLast
    self.isComplete = isComplete && frames.isComplete
  }

  private static func sum(_ spaces: [SpaceStatistics], format: PagingFormat) -> SpaceStatistics {
    var total = SpaceStatistics(
      pid: nil, command: "total",
      levels: format.levels.elements.map { LevelUsage(name: "\($0.name)") }, sharedTableCount: 0, leaves: [],
      occupancy: [Int](repeating: 0, count: SpaceStatistics.occupancyBounds.count + 1), foldableTableCount: 0,
      foldableByteCount: 0)
    var leaves: [UInt64: UInt64] = [:]
    for space in spaces {
      for (index, level) in space.levels.enumerated() {
        total.levels[index].tableCount += level.tableCount
        total.levels[index].byteCount &+= level.byteCount
      }
      for (index, count) in space.occupancy.enumerated() { total.occupancy[index] += count }
      for leaf in space.leaves { leaves[leaf.pageSizeBytes, default: 0] &+= leaf.byteCount }
      total.sharedTableCount += space.sharedTableCount
      total.foldableTableCount += space.foldableTableCount
      total.foldableByteCount &+= space.foldableByteCount
    }
    total.leaves = leaves.sorted { $0.key < $1.key }.map {
      LeafUsage(pageSizeBytes: $0.key, byteCount: $0.value)
    }
    return total
  }
}
