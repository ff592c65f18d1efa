import KernelOracle

/// Makes random operations that aim where rules are: it looks at the lab's state.
///
/// Memory is mapped in small windows over the ends of tables of each level, in two larger ones that are used at
/// the edges of their tables, next to areas that there are, and where the kernel puts it. Pages that may be
/// used are used most.
struct ProgramGenerator {
  var random: SeededGenerator
  /// First page and length of each window.
  let windows: [(page: UInt64, count: UInt64)]
  /// Pages of a table of the last level.
  let tablePages: UInt64
  let pageBits: UInt64
  let lowest: UInt64
  let highest: UInt64
  let placeTop: UInt64
  /// Pages that an area that grows down may have.
  let stackLimit: UInt64
  /// A program of one process that works on huge pages; nil for all others.
  var hugeWindow: UInt64?
  /// At most so many processes live at once.
  static var processLimit: Int { 4 }

  init(seed: UInt64, _ runner: borrowing LabRunner) {
    random = SeededGenerator(seed: seed)
    let profile = runner.machine.profile
    pageBits = runner.machine.pageSizeBits
    lowest = runner.conditions.code.upperBound >> pageBits
    highest = runner.machine.userEnd >> pageBits
    placeTop = profile.mmapBase >> pageBits
    stackLimit = profile.areaRules.stackLimitPages
    let depth = runner.machine.lastDepth
    let spans = (1..<max(2, depth + 1)).reversed().map {
      runner.machine.tableSpanBits[$0] - runner.machine.pageSizeBits
    }
    tablePages = 1 << (spans.first ?? 9)
    windows = Self.windows(spans, highest: highest)
    let rules = profile.areaRules
    if runner.machine.hasTransparentHugePages, rules.hugePagePolicy == .advised, random.happens(0.12) {
      hugeWindow = (highest > 1 << 24 ? 1 << 32 : 0x2_0000) + (1 << 18)
    }
  }

  /// Windows over the end of a table of each level (`spans`: log2 of their pages), and two larger ones.
  private static func windows(_ spans: [UInt64], highest: UInt64) -> [(page: UInt64, count: UInt64)] {
    let start: UInt64 = highest > 1 << 24 ? 1 << 32 : 0x2_0000
    var windows: [(page: UInt64, count: UInt64)] = []
    for (level, span) in spans.enumerated() {
      // The first end of such a table behind the start that is none of the next larger ones.
      var end = (start >> span + 1) << span
      if level + 1 < spans.count, end & ((1 << spans[level + 1]) - 1) == 0 { end += 1 << span }
      if end + 16 < highest { windows.append((end - 16, 32)) }
    }
    if highest <= 1 << 24 { windows.append((0x4_0000 - 16, 32)) }
    windows.append((start + 64 << 8, 2048))
    windows.append((start + 128 << 8, 2048))
    return windows
  }

  /// The next operation; nil if the kind that came cannot be done now.
  mutating func operation(_ runner: borrowing LabRunner) -> MemoryOperation? {
    let slots = runner.tasks.indices.filter { runner.tasks[$0] != nil }
    guard !slots.isEmpty else { return nil }
    let slot = random.one(of: slots)
    guard let space = runner.tasks[slot]?.space else { return nil }
    let areas = space.areas.filter { $0.start >> pageBits >= lowest }
    if let hugeWindow { return hugeAction(areas, hugeWindow).map { MemoryOperation(slot: slot, $0) } }
    return action(areas, space, slots, runner).map { MemoryOperation(slot: slot, $0) }
  }

  private mutating func action(
    _ areas: [Area], _ space: AddressSpace, _ slots: [Int], _ runner: borrowing LabRunner
  ) -> MemoryOperation.Action? {
    switch OperationKind.random(&random) {
    case .read: return touch(.read, areas)
    case .write: return touch(.write, areas)
    case .map: return map(areas, runner)
    case .unmap: return range(areas).map { .unmap(address: $0, lengthBytes: $1) }
    case .protect:
      let protection = random.one(of: [1, 1, 3, 3, 3, 0, 2, 7] as [UInt32])
      return range(areas).map { .protect(address: $0, lengthBytes: $1, Protection(rawValue: protection)) }
    case .advise:
      let advice = random.one(of: Self.advice)
      return range(areas).map { .advise(address: $0, lengthBytes: $1, advice) }
    case .setBreak:
      let pages = random.one(of: [0, 1, 2, 3, 4, 5, 6, 10, 600] as [UInt64])
      return .setBreak(address: space.heapStart &+ pages << pageBits)
    case .fork:
      guard slots.count < Self.processLimit else { return nil }
      return (0..<Self.processLimit).first { !slots.contains($0) }.map { .fork(child: $0) }
    case .exit: return slots.count > 1 ? .exit : nil
    case .resize:
      let size = random.one(
        of: [0, 0x1000, 0x2000, 0x4000, 0x1_0000, 0x8000, 0x2_0000, 0x30_0000, 0x1800] as [UInt64])
      return .resize(file: file(), sizeBytes: size)
    case .punchHole:
      return .allocate(
        file: file(), [.keepSize, .punchHole], offsetBytes: random.number(below: 12) << pageBits,
        lengthBytes: (1 + random.number(below: 7)) << pageBits)
    case .remap: return remap(areas)
    case .lock: return range(areas).map { .lock(address: $0, lengthBytes: $1) }
    case .lockOnFault:
      let flags: LockFlags = random.happens(0.5) ? .onFault : []
      return range(areas).map { .lockWithFlags(address: $0, lengthBytes: $1, flags) }
    case .unlock: return range(areas).map { .unlock(address: $0, lengthBytes: $1) }
    }
  }

  /// Without `hugePage`: programs with huge pages have their own operations.
  private static let advice: [Advice] = [
    .dontNeed, .dontNeed, .dontNeed, .dontNeed, .free, .free, .dontFork, .doFork, .wipeOnFork, .keepOnFork,
    .noHugePage, .noHugePage, .populateRead, .populateWrite, .dontNeedLocked, Advice(rawValue: 0),
    Advice(rawValue: 1), Advice(rawValue: 2), Advice(rawValue: 16), Advice(rawValue: 17),
  ]

  mutating func file() -> Int { Int(random.number(below: UInt64(MemoryOperation.fileCount))) }

  // MARK: Places

  /// A page of one of the windows.
  mutating func spot() -> UInt64 {
    let (start, count) = random.one(of: windows)
    guard count > 100 else { return start + random.number(below: count) }
    let table = tablePages
    return start
      + random.one(of: [
        0, table, 2 * table, 3 * table, 1, table - 1, table + 1, table - 12, 2 * table - 1, 2 * table + 1,
      ])
  }

  /// A page, mostly of an area, and there mostly at an edge.
  mutating func page(_ areas: [Area], inArea: Double = 0.8) -> UInt64 {
    guard !areas.isEmpty, random.happens(inArea) else { return spot() }
    let area = random.one(of: areas)
    let count = area.byteCount >> pageBits
    let edge = tablePages * random.number(below: 5)
    let offset = random.one(of: [
      0, count - 1, random.number(below: count), min(count - 1, random.number(below: 20)),
      min(count - 1, edge),
      max(1, min(count, edge)) - 1,
    ])
    return area.start >> pageBits + offset
  }

  /// A length for a range that starts at a page.
  mutating func count(_ areas: [Area], from page: UInt64) -> UInt64 {
    if let area = areas.first(where: { $0.contains(page << pageBits) }), random.happens(0.35) {
      return area.end >> pageBits - page
    }
    let choice = random.number(below: 100)
    if choice < 75 { return random.one(of: [1, 1, 2, 3, 4, 8, 16]) }
    if choice < 85 { return tablePages - page % tablePages }
    return random.one(of: [tablePages, tablePages + 1, 2 * tablePages, 20, tablePages + 88])
  }

  /// An address and a length in bytes that stay away from the agent and from the top.
  mutating func range(_ areas: [Area]) -> (UInt64, UInt64)? {
    let page = page(areas)
    guard page < highest else { return nil }
    let count = max(1, min(count(areas, from: page), highest - page - 1))
    return (page << pageBits, count << pageBits)
  }
}
