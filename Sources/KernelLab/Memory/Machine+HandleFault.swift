import PageTables

extension Machine {
  /// Brings the page at `address` so that the access can be done (`handle_mm_fault`, `mm/memory.c`).
  mutating func handleFault(
    in area: Area, at address: UInt64, isWrite: Bool, space: AddressSpace
  ) -> AreaFault {
    let page = address & ~(pageByteCount &- 1)
    let slot = slot(for: page, root: space.root, depth: lastDepth)
    if let slot, !area.flags.contains(.fixedHugePages) {
      let entry = entry(at: slot, depth: lastDepth)
      if codec.isPresent(entry) {
        return handlePresent(entry, at: slot, in: area, page: page, isWrite: isWrite, space: space)
      }
      if !entry.isNone {
        guard let place = swapSlot(of: entry) else { return .outOfMemory }
        return swapIn(entry, place, at: slot, in: area, page: page, isWrite: isWrite, space: space)
      }
    } else if hasHugePages, let result = handleLarge(in: area, page: page, isWrite: isWrite, space: space) {
      return result
    }
    guard let file = area.file else {
      return isWrite
        ? bringAnonymous(in: area, page: page, slot: slot, space: space)
        : showZeros(in: area, page: page, slot: slot, space: space)
    }
    // The tables above the last one are made first: they stay even if the file has no such page.
    if slot == nil, lastDepth > 0, makeSlot(for: page, in: space, depth: lastDepth - 1) == nil {
      return .outOfMemory
    }
    if isWrite, !area.flags.contains(.shared) {
      return bringCopy(of: file, in: area, page: page, space: space)
    }
    return bringFilePage(of: file, in: area, page: page, isWrite: isWrite, space: space)
  }

  /// The first read of untouched memory: all see one page of zeros, which counts nowhere.
  private mutating func showZeros(
    in area: Area, page: UInt64, slot: EntrySlot?, space: AddressSpace
  ) -> AreaFault {
    guard let slot = slot ?? makeSlot(for: page, in: space, depth: lastDepth) else { return .outOfMemory }
    log.add(.decided("the first access reads: the page of zeros will do"))
    lockTable(of: slot, depth: lastDepth, site: "do_anonymous_page")
    setEntry(codec.young(codec.entry(frame: zeroFrame, rights: area.flags)), at: slot, depth: lastDepth)
    unlockTable(of: slot, depth: lastDepth)
    return .minor
  }

  /// The first write to untouched memory: a frame of zeros (`do_anonymous_page`).
  private mutating func bringAnonymous(
    in area: Area, page: UInt64, slot: EntrySlot?, space: AddressSpace
  ) -> AreaFault {
    prepareAnonymousMap(of: area, in: space)
    guard let slot = slot ?? makeSlot(for: page, in: space, depth: lastDepth),
      let frame = allocateAnonymous(for: space, in: area, page: page)
    else { return .outOfMemory }
    clear(frame)
    log.add(.decided("the first access writes: the page gets a frame of zeros"))
    log.add(.allocated(frame: frame, purpose: "anonymous page"))
    lockTable(of: slot, depth: lastDepth, site: "do_anonymous_page")
    installAnonymous(frame, at: slot, in: area, space: space)
    unlockTable(of: slot, depth: lastDepth)
    return .minor
  }

  /// The first write to a private mapping of a file: straight to a copy (`do_cow_fault`).
  private mutating func bringCopy(
    of file: FileObject, in area: Area, page: UInt64, space: AddressSpace
  ) -> AreaFault {
    prepareAnonymousMap(of: area, in: space)
    let number = area.page(at: page, pageSizeBits: pageSizeBits)
    guard number < file.pageCount(pageSizeBits: pageSizeBits) else { return .beyondFile }
    let isRead = needsReading(file, page: number)
    guard let source = cachedFrame(of: file, page: number) else { return .outOfMemory }
    hold(source)
    defer { letGo(source) }
    locks.acquire(.page(source), site: "do_cow_fault")
    defer { locks.release(.page(source)) }
    guard let slot = makeSlot(for: page, in: space, depth: lastDepth),
      let frame = allocateAnonymous(for: space, in: area, page: page)
    else { return .outOfMemory }
    copy(from: source, to: frame)
    log.add(.decided("a private mapping of a file is written: straight to a copy"))
    log.add(.allocated(frame: frame, purpose: "private copy of a file's page"))
    lockTable(of: slot, depth: lastDepth, site: "finish_fault")
    installAnonymous(frame, at: slot, in: area, space: space)
    unlockTable(of: slot, depth: lastDepth)
    return isRead ? .major : .minor
  }

  /// A read of a file's page, or a write to a shared one (`do_read_fault`, `do_shared_fault`).
  private mutating func bringFilePage(
    of file: FileObject, in area: Area, page: UInt64, isWrite: Bool, space: AddressSpace
  ) -> AreaFault {
    if !isWrite {
      switch mapAround(page, of: file, in: area, space: space) {
      case .mapped:
        log.add(.decided("the page is in the cache: those around it are mapped with it"))
        return .minor
      case .notCached: break
      case .outOfMemory: return .outOfMemory
      }
    }
    let number = area.page(at: page, pageSizeBits: pageSizeBits)
    guard number < file.pageCount(pageSizeBits: pageSizeBits) else { return .beyondFile }
    let isRead = needsReading(file, page: number)
    if isRead { log.add(.decided("the page is not in memory: it is read from the disk")) }
    guard let frame = cachedFrame(of: file, page: number) else { return .outOfMemory }
    hold(frame)
    defer { letGo(frame) }
    locks.acquire(.page(frame), site: "__do_fault")
    defer { locks.release(.page(frame)) }
    guard let slot = makeSlot(for: page, in: space, depth: lastDepth) else { return .outOfMemory }
    var entry = fileEntry(frame, of: file, in: area)
    if isWrite { entry = codec.dirty(codec.writable(entry)) }
    lockTable(of: slot, depth: lastDepth, site: "finish_fault")
    installFile(frame, entry, at: slot, space: space)
    unlockTable(of: slot, depth: lastDepth)
    return isRead && (!isWrite || file.kind == .sharedMemory) ? .major : .minor
  }

  /// The entry of a file's page in an area: writable at once where nobody must be told of the first write,
  /// as in memory files.
  func fileEntry(_ frame: UInt64, of file: FileObject, in area: Area) -> PageEntry {
    let entry = codec.young(codec.entry(frame: frame, rights: area.flags))
    let isWritable = area.flags.contains([.shared, .write]) && file.kind == .sharedMemory
    return isWritable ? codec.writable(entry) : entry
  }

  /// Sees to it that a frame is not taken away while others are allocated.
  @inline(__always)
  mutating func hold(_ frame: UInt64) {
    if frames.isRAM(frame) { frames[frame].referenceCount += 1 }
  }

  @inline(__always)
  mutating func letGo(_ frame: UInt64) {
    if frames.isRAM(frame), frames.drop(frame) { log.add(.freed(frame: frame)) }
  }
}
