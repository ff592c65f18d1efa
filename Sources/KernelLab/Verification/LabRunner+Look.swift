public import KernelOracle
import PageTables

extension LabRunner {
  /// The state of every process, as `/proc` would show it.
  public func look() -> [ProcessState] {
    tasks.indices.compactMap { slot in
      guard let task = tasks[slot], let space = task.space else { return nil }
      return ProcessState(
        slot: slot, counters: counters(of: task, base: base), areas: areas(of: space), pages: pages(of: space)
      )
    }
  }

  /// What `status` would show; with a base, as if the agent's own share were that of the other side.
  func counters(of task: Task, base: KernelOracle.Counters?) -> KernelOracle.Counters {
    guard let space = task.space else { return conditions.base }
    let pageKiB = machine.pageByteCount >> 10
    let usage = space.usage
    func size(_ pages: Int64, _ path: KeyPath<KernelOracle.Counters, UInt64>) -> UInt64 {
      let value = UInt64(bitPattern: pages) &* pageKiB
      guard let base else { return value }
      return value &- base[keyPath: path] &+ conditions.base[keyPath: path]
    }
    var tables = machine.pageTableByteCount(of: space) >> 10
    if let base { tables = tables &- base.pageTablesKiB &+ conditions.base.pageTablesKiB }
    return KernelOracle.Counters(
      residentAnonymousKiB: size(usage.anonymousPages, \.residentAnonymousKiB),
      residentFileKiB: size(usage.filePages + usage.sharedMemoryPages, \.residentFileKiB),
      pageTablesKiB: tables, totalKiB: size(usage.totalPages, \.totalKiB),
      lockedKiB: size(usage.lockedPages, \.lockedKiB), dataKiB: size(usage.dataPages, \.dataKiB))
  }

  private func areas(of space: AddressSpace) -> [ObservedArea] {
    space.areas.compactMap { area in
      guard area.start >= conditions.code.upperBound else { return nil }
      var protection: Protection = []
      if area.flags.contains(.read) { protection.insert(.read) }
      if area.flags.contains(.write) { protection.insert(.write) }
      if area.flags.contains(.execute) { protection.insert(.execute) }
      return ObservedArea(
        start: area.start, end: area.end, protection: protection, isShared: area.flags.contains(.shared),
        offsetBytes: area.file == nil ? 0 : area.pageOffset << machine.pageSizeBits,
        object: object(of: area, in: space))
    }
  }

  private func object(of area: Area, in space: AddressSpace) -> ObservedArea.Object {
    guard let file = area.file else {
      let isHeap =
        machine.profile.areaRules.heapTouches
        ? area.start <= space.heapEnd && area.end >= space.heapStart
        : area.start < space.heapEnd && area.end > space.heapStart
      return isHeap ? .heap : .anonymous
    }
    if let number = files.firstIndex(where: { $0 === file }) { return .file(number) }
    return .sharedAnonymous(UInt64(UInt(bitPattern: ObjectIdentifier(file))))
  }

  /// What `pagemap` would show, with a frame's number being that of its life.
  private func pages(of space: AddressSpace) -> [ObservedPage] {
    var pages: [ObservedPage] = []
    pages.reserveCapacity(Int(max(0, space.usage.anonymousPages)) + 16)
    var address = conditions.code.upperBound
    let depth = machine.lastDepth
    while var slot = machine.nextSlot(
      from: &address, below: machine.userEnd, root: space.root, depth: depth)
    {
      let count = machine.runCount(slot, from: address, below: machine.userEnd)
      for page in 0..<count {
        let entry = machine.entry(at: slot, depth: depth)
        if !entry.isNone, machine.codec.isPresent(entry) {
          let number = (address >> machine.pageSizeBits) &+ page
          pages.append(ObservedPage(number: number, entry: shown(entry)))
        }
        machine.advance(&slot)
      }
      address &+= count << machine.pageSizeBits
    }
    let large = machine.largeEntries(conditions.code.upperBound..<machine.userEnd, of: space)
    guard !large.isEmpty else { return pages }
    for entry in large { pages += shown(entry) }
    return pages.sorted { $0.number < $1.number }
  }

  /// A huge page's small ones (`pagemap_pmd_range`).
  private func shown(_ large: LargeEntry) -> [ObservedPage] {
    let first = machine.codec.frame(of: large.entry)
    let isZero = first == machine.hugePages.zeroFrame
    let isByPage = machine.profile.areaRules.showsSharersByPage
    return (0..<machine.hugePageCount).map { place in
      var word: UInt64 = 1 << 63
      if isZero {
        word |= 1 << 61
      } else if machine.frames.descriptor(of: isByPage ? first &+ place : first)?.mapCount == 1 {
        word |= 1 << 56
      }
      let identity = isZero ? Self.hugeZeroIdentity + place : identities[first &+ place] ?? 0
      return ObservedPage(
        number: (large.address >> machine.pageSizeBits) &+ place,
        entry: KernelOracle.PageEntry(rawValue: word | identity))
    }
  }

  /// `Documentation/admin-guide/mm/pagemap.rst`.
  private func shown(_ entry: PageEntry) -> KernelOracle.PageEntry {
    let frame = machine.codec.frame(of: entry)
    var word: UInt64 = 1 << 63
    if frame == machine.zeroFrame { return KernelOracle.PageEntry(rawValue: word | Self.zeroIdentity) }
    if let descriptor = machine.frames.descriptor(of: frame) {
      if descriptor.kind != .anonymous { word |= 1 << 61 }
      if descriptor.mapCount == 1 { word |= 1 << 56 }
    }
    return KernelOracle.PageEntry(rawValue: word | (identities[frame] ?? 0))
  }

  /// What stands for the page of zeros, and for the first of the huge one.
  static var zeroIdentity: UInt64 { 1 << 54 }
  static var hugeZeroIdentity: UInt64 { 1 << 53 }

  /// Whether the kernel may have copied the page where the lab reused it, because a list that delays changes
  /// held a reference. Asked once, it is no more.
  mutating func takeDoubt(about identity: UInt64) -> Bool {
    guard let frame = framesByIdentity[identity], machine.frames.isRAM(frame),
      machine.frames[frame].flags.contains(.isBatched)
    else { return false }
    machine.frames[frame].flags.remove(.isBatched)
    return true
  }

  /// Whether a frame that had this number is still in use.
  func isAlive(_ identity: UInt64) -> Bool {
    identity >= Self.hugeZeroIdentity || framesByIdentity[identity] != nil
  }
}
