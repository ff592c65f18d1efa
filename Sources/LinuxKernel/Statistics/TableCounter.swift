import PageTables

/// Counts the tables and pages of one address space.
struct TableCounter: TableVisitor {
  /// A frame's cell: whose it was first, and whether another mapped it, too.
  static let sharedBit: UInt16 = 0x8000
  static let ownerMask: UInt16 = 0x7fff

  /// Tables of those who were counted before, and, while counting, of this one.
  private(set) var known: Set<UInt64>
  private let format: PagingFormat
  private let frames: FrameTable<UInt16>
  /// From 1; those beyond 32766 share the last number.
  private let owner: UInt16
  private let userEnd: UInt64
  private let last: LevelGeometry
  private let lastDepth: Int
  private var own: Set<UInt64> = []
  private var shared: Set<UInt64> = []
  private var allocations: Set<UInt64> = []
  private var levels: [LevelUsage]
  private var leaves: [UInt8: UInt64] = [:]
  private var occupancy = [Int](repeating: 0, count: SpaceStatistics.occupancyBounds.count + 1)
  private var foldableTableCount = 0
  private var foldableByteCount: UInt64 = 0

  init(
    _ format: PagingFormat, known: Set<UInt64>, frames: FrameTable<UInt16>, owner: Int, userEnd: UInt64
  ) {
    self.format = format
    self.known = known
    self.frames = frames
    self.owner = UInt16(min(owner + 1, 0x7ffe))
    self.userEnd = userEnd
    lastDepth = format.levelCount - 1
    last = format.geometry(lastDepth)
    levels = format.levels.elements.map { LevelUsage(name: "\($0.name)") }
  }

  func statistics(pid: Int?, command: String) -> SpaceStatistics {
    SpaceStatistics(
      pid: pid, command: command, levels: levels, sharedTableCount: shared.count,
      leaves: leaves.sorted { $0.key < $1.key }.map {
        LeafUsage(pageSizeBytes: 1 << UInt64($0.key), byteCount: $0.value)
      }, occupancy: occupancy, foldableTableCount: foldableTableCount, foldableByteCount: foldableByteCount)
  }

  mutating func shouldEnter(_ position: TablePosition) -> Bool {
    let table = position.table.rawValue
    guard known.insert(table).inserted else {
      // A root serves two regions; the second visit is to the other half of the same table.
      if own.contains(table) { return position.depth == 0 }
      shared.insert(table)
      return false
    }
    own.insert(table)
    levels[position.depth].tableCount += 1
    let entryBits = UInt64(format.geometry(position.depth).entrySizeBits)
    let allocation = format.level(position.depth).allocation
    if allocation.sizeBits == 0 {
      levels[position.depth].byteCount &+= 1 << (entryBits + UInt64(position.indexBits))
    } else if allocations.insert(table >> UInt64(allocation.sizeBits)).inserted {
      levels[position.depth].byteCount &+= 1 << UInt64(allocation.sizeBits)
    }
    return true
  }

  mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition) {
    let size = 1 << Int(last.entrySizeBits)
    let count = bytes.byteCount / size
    guard count > 0 else { return }
    let isUser = position.base.rawValue < userEnd
    var used = 0
    var plain = 0
    let reference = bytes.entry(atByteOffset: 0, byteCount: size, order: format.byteOrder) ?? 0
    var isUniform = last.isLeaf(reference)
    for index in 0..<count {
      let entry = bytes.entry(atByteOffset: index * size, byteCount: size, order: format.byteOrder) ?? 0
      guard entry != 0 else {
        isUniform = false
        continue
      }
      used += 1
      if last.isLeaf(entry) {
        plain += 1
        isUniform = isUniform && (entry ^ reference) & last.leafAccessMask == 0
        if isUser { own(PhysicalAddress(last.leafAddress(entry)), byteCount: 1 << UInt64(last.leafSizeBits)) }
      } else {
        isUniform = false
        countByRules(entry, spanBits: last.shift, position: position, isUser: isUser)
      }
    }
    if plain > 0 { leaves[last.leafSizeBits, default: 0] &+= UInt64(plain) << UInt64(last.leafSizeBits) }
    // A table that could not be lent whole comes in parts: only whole ones tell how full they are.
    guard count == 1 << Int(position.indexBits) else { return }
    let bounds = SpaceStatistics.occupancyBounds
    occupancy[used == count ? bounds.count : (bounds.lastIndex { $0 <= used } ?? 0)] += 1
    if isUniform, isUser, isUserWritable(reference, position) {
      foldableTableCount += 1
      foldableByteCount &+= UInt64(bytes.byteCount)
    }
  }

  private func isUserWritable(_ entry: UInt64, _ position: TablePosition) -> Bool {
    let rule = format.level(lastDepth).rules[Int(last.leafRuleIndex)]
    return position.access.intersection(format.access(of: entry, by: rule)).contains(.userWrite)
  }

  mutating func visitEntry(
    _ entry: UInt64, ruleIndex: Int, first: VirtualAddress, last: VirtualAddress, position: TablePosition
  ) {
    countByRules(
      entry, spanBits: format.geometry(position.depth).shift, position: position,
      isUser: first.rawValue < userEnd)
  }

  /// A leaf above the last level, or one that is larger than its entry: each entry counts for what it spans.
  private mutating func countByRules(
    _ entry: UInt64, spanBits: UInt8, position: TablePosition, isUser: Bool
  ) {
    let rule = format.level(position.depth).rule(for: entry).rule
    guard rule.kind == .leaf, entry & rule.reserved == 0 else { return }
    leaves[rule.sizeBits, default: 0] &+= 1 << UInt64(spanBits)
    guard isUser else { return }
    let target = rule.address.address(from: entry).rawValue & ~format.memoryEncryptionMask
    own(PhysicalAddress(target), byteCount: 1 << UInt64(rule.sizeBits))
  }

  mutating func visitStop(first: VirtualAddress, last: VirtualAddress, reason: StopReason, depth: Int) {}

  private func own(_ address: PhysicalAddress, byteCount: UInt64) {
    let owner = owner
    frames.update(at: address, byteCount: byteCount) { cell in
      if cell & Self.ownerMask == 0 {
        cell |= owner
      } else if cell & Self.ownerMask != owner {
        cell |= Self.sharedBit
      }
    }
  }
}
