import PageTables

extension Machine {
  /// Tells the kernel what a range is for (`madvise`): goes on behind holes and then gives ENOMEM.
  ///
  /// - Parameter advice: Linux's number; what the lab's kernel is built without is EINVAL (KSM, guard regions,
  ///   poisoning).
  @discardableResult
  public mutating func madvise(_ task: Task, at start: UInt64, byteCount: UInt64, advice: Int) -> Int64 {
    guard let space = task.space else { return SystemError.noProcess.result }
    guard let advice = MemoryAdvice(rawValue: advice) else { return SystemError.invalid.result }
    if advice == .hugePage || advice == .noHugePage || advice == .collapse,
      !profile.areaRules.hasTransparentHugePages
    {
      return SystemError.invalid.result
    }
    let mask = pageByteCount &- 1
    let (rounded, wraps) = byteCount.addingReportingOverflow(mask)
    let (end, wrapsToo) = start.addingReportingOverflow(rounded & ~mask)
    guard start & mask == 0, !wraps, !wrapsToo else { return SystemError.invalid.result }
    guard end > start else { return 0 }
    guard !cutsFixedHugePage(start..<end, of: space) else { return SystemError.invalid.result }
    if advice == .populateRead || advice == .populateWrite, !profile.areaRules.populatesBehindHoles {
      locks.acquire(.mmap(space.id), isShared: true, site: "do_madvise")
      defer { locks.release(.mmap(space.id)) }
      return populateStrictly(start..<end, isWrite: advice == .populateWrite, task: task, space: space)
    }
    let isShared = !advice.changesAreas
    locks.acquire(.mmap(space.id), isShared: isShared, site: "do_madvise")
    defer { locks.release(.mmap(space.id)) }
    var address = start
    var result: Int64 = 0
    while true {
      guard let area = space.firstArea(endingBehind: address), area.start < end else {
        return SystemError.noMemory.result
      }
      if area.start > address {
        result = SystemError.noMemory.result
        address = area.start
      }
      let part = address..<min(area.end, end)
      if let error = advise(part, of: area, advice, task: task, space: space) { return error }
      address = part.upperBound
      if address >= end { return result }
    }
  }

  /// One area's part; an error number if it ends the call.
  private mutating func advise(
    _ part: Range<UInt64>, of area: Area, _ advice: MemoryAdvice, task: Task, space: AddressSpace
  ) -> Int64? {
    func set(_ on: AreaFlags, clear off: AreaFlags) -> Int64? {
      let flags = area.flags.subtracting(off).union(on)
      if flags != area.flags {
        splitLarge(atEdgesOf: part, of: space)
        space.modify(area, part, flags: flags, rules: profile.areaRules)
      }
      return nil
    }
    let invalid = SystemError.invalid.result
    switch advice {
    case .normal: return set([], clear: [.sequential, .random])
    case .random: return set(.random, clear: .sequential)
    case .sequential: return set(.sequential, clear: .random)
    case .dontFork: return set(.notCopiedOnFork, clear: [])
    case .doFork: return set([], clear: .notCopiedOnFork)
    case .hugePage: return set(.hugePages, clear: .noHugePages)
    case .noHugePage: return set(.noHugePages, clear: .hugePages)
    case .dontDump: return set(.notDumped, clear: [])
    case .doDump: return set([], clear: .notDumped)
    case .wipeOnFork:
      guard area.file == nil, !area.flags.contains(.shared) else { return invalid }
      return set(.wipedOnFork, clear: [])
    case .keepOnFork: return set([], clear: .wipedOnFork)
    // Reading ahead changes nothing that is mapped.
    case .willNeed: return nil
    case .cold, .pageOut:
      guard !area.flags.contains(.locked) else { return invalid }
      age(part, of: space, isEvicted: advice == .pageOut)
      return nil
    case .collapse:
      let result = collapse(part, of: area, space: space)
      return result == 0 ? nil : result
    case .dontNeed, .dontNeedLocked:
      guard advice == .dontNeedLocked || !area.flags.contains(.locked) else { return invalid }
      zap(part, of: space)
      if profile.areaRules.reclaimsTables { reclaimTables(in: part, of: space) }
      return nil
    case .free:
      guard !area.flags.contains(.locked), area.file == nil else { return invalid }
      free(part, of: space)
      return nil
    case .remove: return remove(part, of: area)
    case .populateRead, .populateWrite:
      let isWrite = advice == .populateWrite
      guard area.flags.contains(isWrite ? .write : .read) else { return invalid }
      let result = bring(part, in: area, isWrite: isWrite, isForced: false, task: task, space: space)
      return result == 0 ? nil : result
    }
  }

  /// MADV_FREE: the pages may be taken away until they are written again; to notice that they become old and
  /// clean.
  private mutating func free(_ part: Range<UInt64>, of space: AddressSpace) {
    splitLarge(atEdgesOf: part, of: space)
    if space.hasLargeEntries { freeLarge(part, of: space) }
    var address = part.lowerBound
    while var slot = nextSlot(from: &address, below: part.upperBound, root: space.root, depth: lastDepth) {
      let count = runCount(slot, from: address, below: part.upperBound)
      let table = slot
      lockTable(of: table, depth: lastDepth, site: "madvise_free_pte_range")
      for _ in 0..<count {
        let entry = entry(at: slot, depth: lastDepth)
        let frame = codec.frame(of: entry)
        if !entry.isNone, !codec.isPresent(entry) {
          releaseSwap(of: entry, usage: &space.usage)
          setEntry(.none, at: slot, depth: lastDepth)
        } else if !entry.isNone, frame != zeroFrame, frames.isRAM(frame) {
          frames[frame].flags.insert(.isBatched)
          if frames[frame].kind == .anonymous, canForget(frame) {
            frames[frame].flags.insert(.lazilyFreed)
            setEntry(codec.clean(codec.old(entry)), at: slot, depth: lastDepth)
          }
        }
        advance(&slot)
      }
      unlockTable(of: table, depth: lastDepth)
      address &+= count &<< pageSizeBits
    }
    flush(part, of: space)
  }

  /// Whether what was written to a page may be forgotten (`madvise_free_pte_range`, 6.1): a frame that is known
  /// to be dirty, only by its last user. Whoever else maps it learns nothing else of it.
  private mutating func canForget(_ frame: UInt64) -> Bool {
    guard frames[frame].flags.contains(.dirty) else { return true }
    guard frames[frame].mapCount == 1 else { return false }
    frames[frame].flags.remove(.dirty)
    return true
  }

  /// MADV_REMOVE: a hole in the file, of a shared writable area.
  private mutating func remove(_ part: Range<UInt64>, of area: Area) -> Int64? {
    guard !area.flags.contains(.locked), let file = area.file else { return SystemError.invalid.result }
    guard area.flags.contains([.shared, .write]) else { return SystemError.accessDenied.result }
    let page = area.page(at: part.lowerBound, pageSizeBits: pageSizeBits)
    let result = punchHole(
      file, at: page &<< pageSizeBits, byteCount: part.upperBound &- part.lowerBound)
    return result == 0 ? nil : result
  }

  /// MADV_POPULATE_READ and _WRITE: ends at the first hole, at forbidden memory, and at a page that cannot be
  /// had (`faultin_page_range`, 6.12).
  private mutating func populateStrictly(
    _ range: Range<UInt64>, isWrite: Bool, task: Task, space: AddressSpace
  ) -> Int64 {
    var address = range.lowerBound
    while address < range.upperBound {
      guard let area = space.area(at: address) else { return SystemError.noMemory.result }
      guard area.flags.contains(isWrite ? .write : .read) else { return SystemError.invalid.result }
      let end = min(range.upperBound, area.end)
      let result = bring(
        address..<end, in: area, isWrite: isWrite, isForced: false, task: task, space: space)
      if result != 0 { return result }
      address = end
    }
    return 0
  }
}
