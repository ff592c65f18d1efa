internal import PageTables

/// What one half of an address space maps: the visitor of an enumeration that may be cut short.
struct HalfSurvey: TableVisitor {
  /// The mappings at one distance between virtual and physical address.
  struct Offset: Hashable {
    var byteCount: UInt64 = 0
    var firstVirtual: UInt64 = .max
    var firstPhysical: UInt64 = .max
    var lastPhysical: UInt64 = 0
    /// The longest stretch that the kernel may execute and not write.
    var textFirst: UInt64 = 0
    var textByteCount: UInt64 = 0
  }

  let format: PagingFormat
  let memory: KernelMemory
  let wordMask: UInt64
  /// Bits that a user's leaf has.
  let userLeafBits: UInt64
  /// How many last-level tables are read of those that one table names, and how many tables in all.
  var lastTablesPerTable = 128
  var tableLimit = 1 << 15
  /// With so many tables read and no RAM mapped by them, they are no tables.
  var fruitlessTableLimit = Int.max
  /// The survey may end when this many bytes of RAM are seen at one distance, or this many pages of users.
  var enoughBytes = UInt64.max
  var enoughUserPages = Int.max
  /// The distance that ``enoughBytes`` is about; nil for any.
  var wantedOffset: UInt64?
  /// Whether it is told where RAM is mapped, and not only what users reach.
  var keepsOffsets = true
  /// With so many pages of users the half is not what it was taken for.
  var tooManyUserPages = Int.max

  private(set) var offsets: [UInt64: Offset] = [:]
  private(set) var userPageCount = 0
  private(set) var userPagesInRAM = 0
  private(set) var supervisorPageCount = 0
  private(set) var invalidEntryCount = 0
  private(set) var unreadableTableCount = 0
  /// Whether tables were passed over.
  private(set) var isCut = false
  /// How many tables were read below the root; one of 64 KiB counts as sixteen.
  private(set) var tableCount = 0
  private var lastTableCount = 0
  private let levels: [Level]
  /// Tables that were entered: one that is named twice (the kernel's espfix area names one table thousands of
  /// times) is looked at once.
  private var entered: Set<UInt64> = []
  private var isDone = false
  // The run of leaves at one distance that is being added up.
  private var run = Offset()
  private var runOffset: UInt64 = 0
  // The stretch of text that is being added up.
  private var textFirst: UInt64 = 0
  private var textByteCount: UInt64 = 0
  private var textOffset: UInt64 = 0
  // The range of RAM that the last leaf lay in.
  private var recent: RAMRange = RAMRange(first: PhysicalAddress(1), last: PhysicalAddress(0))
  // The rights that the last entry gave, and the bits that gave them.
  private var accessKey: (bits: UInt64, rule: Int, depth: Int) = (0, -1, -1)
  private var access: Access = .none

  init(_ shape: RootShape, memory: KernelMemory) {
    format = shape.format
    self.memory = memory
    wordMask = shape.format.addressBits == 64 ? .max : (1 << UInt64(shape.format.addressBits)) - 1
    userLeafBits = shape.userLeafBits
    levels = shape.format.levels.elements
  }

  /// Surveys `addresses` below `root`.
  mutating func survey(_ addresses: ClosedRange<UInt64>, below root: PhysicalAddress, shape: RootShape) {
    shape.walker(root).enumerate(
      from: VirtualAddress(addresses.lowerBound), through: VirtualAddress(addresses.upperBound),
      in: memory.memory, tableLimit: tableLimit * 4, visitor: &self)
    flush()
  }

  /// The distance at which most RAM is mapped.
  var commonest: (offset: UInt64, mapping: Offset)? {
    offsets.max { ($0.value.byteCount, $1.key) < ($1.value.byteCount, $0.key) }.map { ($0.key, $0.value) }
  }

  /// The distance with most executable, read-only memory: the kernel's image.
  var image: (offset: UInt64, mapping: Offset)? {
    offsets.filter { $0.value.textByteCount > 0 }
      .max { ($0.value.textByteCount, $1.key) < ($1.value.textByteCount, $0.key) }
      .map { ($0.key, $0.value) }
  }

  // MARK: TableVisitor

  mutating func shouldEnter(_ position: TablePosition) -> Bool {
    if position.depth <= Int(format.regions[0].firstDepth) { return true }
    let isLast = position.depth + 1 == levels.count
    if tableCount >= fruitlessTableLimit, offsets.isEmpty, run.byteCount == 0 { isDone = true }
    if position.depth + 2 == levels.count { lastTableCount = 0 }
    guard !isDone, tableCount < tableLimit, !isLast || lastTableCount < lastTablesPerTable else {
      isCut = true
      return false
    }
    // A table's address leaves room for its level.
    guard entered.insert(position.table.rawValue << 3 | UInt64(position.depth)).inserted else { return false }
    tableCount += max(1, levels[position.depth].tableByteCount >> 12)
    if isLast { lastTableCount += 1 }
    return true
  }

  mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition) {
    let geometry = format.geometry(position.depth)
    let entryByteCount = 1 << Int(geometry.entrySizeBits)
    var offset = 0
    var address = position.base.rawValue &+ UInt64(firstIndex) << UInt64(geometry.shift)
    let step = UInt64(1) << UInt64(geometry.shift)
    while offset < bytes.byteCount {
      let entry = bytes.entry(atByteOffset: offset, byteCount: entryByteCount, order: format.byteOrder) ?? 0
      if geometry.isLeaf(entry) {
        add(
          entry, ruleIndex: Int(geometry.leafRuleIndex), bits: entry & geometry.leafAccessMask,
          physical: geometry.leafAddress(entry), virtual: address, byteCount: step, position: position)
      } else if !geometry.isAbsent(entry) {
        addByRules(entry, virtual: address, byteCount: step, position: position)
      }
      guard !isDone else { return }
      offset += entryByteCount
      address &+= step
    }
  }

  mutating func visitEntry(
    _ entry: UInt64, ruleIndex: Int, first: VirtualAddress, last: VirtualAddress, position: TablePosition
  ) {
    // What Linux keeps in an absent entry is not this survey's affair.
    guard !isDone, entry != 0 else { return }
    addByRules(
      entry, virtual: first.rawValue, byteCount: last.rawValue &- first.rawValue &+ 1, position: position)
  }

  mutating func visitStop(first: VirtualAddress, last: VirtualAddress, reason: StopReason, depth: Int) {
    switch reason {
    case .unreadable: unreadableTableCount += 1
    case .loop: refuse()
    case .limit: isCut = true
    default: break
    }
  }

  /// The kernel writes no entry that the processor would not take: there is no need to look further.
  private mutating func refuse() {
    invalidEntryCount += 1
    isDone = true
  }

  // MARK: Leaves

  private mutating func addByRules(
    _ entry: UInt64, virtual: UInt64, byteCount: UInt64, position: TablePosition
  ) {
    let (index, rule) = levels[position.depth].rule(for: entry)
    if rule.kind == .absent { return }
    guard rule.kind == .leaf, entry & rule.reserved == 0 else {
      refuse()
      return
    }
    let inside = virtual & ((1 << UInt64(rule.sizeBits)) - 1)
    let address = rule.address.address(from: entry).rawValue & ~format.memoryEncryptionMask
    add(
      entry, ruleIndex: index, bits: entry, physical: address &+ inside, virtual: virtual,
      byteCount: byteCount, position: position)
  }

  private mutating func add(
    _ entry: UInt64, ruleIndex: Int, bits: UInt64, physical: UInt64, virtual: UInt64, byteCount: UInt64,
    position: TablePosition
  ) {
    if accessKey != (bits, ruleIndex, position.depth) {
      accessKey = (bits, ruleIndex, position.depth)
      access = format.access(of: entry, by: levels[position.depth].rules[ruleIndex])
    }
    let rights = access.intersection(position.access)
    let isInRAM = isInRAM(physical, byteCount)
    if rights.intersects(.user), entry & userLeafBits == userLeafBits {
      userPageCount += 1
      if isInRAM { userPagesInRAM += 1 }
      if userPagesInRAM >= enoughUserPages || userPageCount > tooManyUserPages { isDone = true }
    } else {
      supervisorPageCount += 1
    }
    guard isInRAM, keepsOffsets else { return }
    let distance = (virtual &- physical) & wordMask
    if distance != runOffset || run.byteCount == 0 { flush() }
    runOffset = distance
    run.byteCount &+= byteCount
    run.firstVirtual = min(run.firstVirtual, virtual)
    run.firstPhysical = min(run.firstPhysical, physical)
    run.lastPhysical = max(run.lastPhysical, physical &+ (byteCount - 1))
    if rights.contains(.kernelExecute), !rights.contains(.kernelWrite) {
      addText(physical, byteCount)
    }
    if run.byteCount >= enoughBytes { flush() }
  }

  /// Continues the stretch of text that ends at `physical`, or begins another; the run keeps the longest.
  private mutating func addText(_ physical: UInt64, _ byteCount: UInt64) {
    if textFirst &+ textByteCount == physical, textByteCount > 0, textOffset == runOffset {
      textByteCount &+= byteCount
    } else {
      textFirst = physical
      textByteCount = byteCount
      textOffset = runOffset
    }
    guard textByteCount > run.textByteCount else { return }
    run.textFirst = textFirst
    run.textByteCount = textByteCount
  }

  /// Adds the run to the sums. Distances beyond a bound are not kept: vmalloc has one for each page.
  private mutating func flush() {
    defer { run = Offset() }
    guard run.byteCount > 0, offsets.count < 1 << 16 || offsets[runOffset] != nil else { return }
    var sum = offsets[runOffset] ?? Offset()
    sum.byteCount &+= run.byteCount
    sum.firstVirtual = min(sum.firstVirtual, run.firstVirtual)
    sum.firstPhysical = min(sum.firstPhysical, run.firstPhysical)
    sum.lastPhysical = max(sum.lastPhysical, run.lastPhysical)
    if run.textByteCount > sum.textByteCount {
      sum.textFirst = run.textFirst
      sum.textByteCount = run.textByteCount
    }
    offsets[runOffset] = sum
    if sum.byteCount >= enoughBytes, wantedOffset == nil || wantedOffset == runOffset { isDone = true }
  }

  /// Whether the first or the last byte of the leaf is RAM, be it in the source or left out of it: a large page
  /// may begin before RAM does.
  private mutating func isInRAM(_ physical: UInt64, _ byteCount: UInt64) -> Bool {
    let last = physical &+ (byteCount - 1)
    if physical >= recent.first.rawValue, last <= recent.last.rawValue { return true }
    guard
      let range = memory.ram.range(containing: PhysicalAddress(physical))
        ?? memory.ram.range(containing: PhysicalAddress(last))
    else { return false }
    recent = range
    return true
  }
}
