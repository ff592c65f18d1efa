import PageTables

extension Machine {
  /// A fault at a page that is there: a write to one that may not be written yet, or an access that the
  /// kernel has to note (`do_wp_page`, and the end of `handle_pte_fault`).
  mutating func handlePresent(
    _ entry: PageEntry, at slot: EntrySlot, in area: Area, page: UInt64, isWrite: Bool, space: AddressSpace
  ) -> AreaFault {
    lockTable(of: slot, depth: lastDepth, site: "handle_pte_fault")
    let isDone = changeInPlace(entry, at: slot, in: area, isWrite: isWrite)
    unlockTable(of: slot, depth: lastDepth)
    if isDone { return .minor }
    return copyForWrite(codec.frame(of: entry), at: slot, in: area, page: page, space: space)
  }

  /// False: the process needs a page of its own.
  @inline(__always)
  private mutating func changeInPlace(
    _ entry: PageEntry, at slot: EntrySlot, in area: Area, isWrite: Bool
  ) -> Bool {
    guard isWrite, !codec.isWritable(entry) else {
      var new = codec.young(entry)
      if isWrite { new = codec.dirty(new) }
      if new != entry {
        log.add(.decided("the kernel notes the access in the entry"))
        setEntry(new, at: slot, depth: lastDepth)
      }
      return true
    }
    let frame = codec.frame(of: entry)
    if area.flags.contains(.shared) {
      log.add(.decided("a clean page of a shared file is written: its file system is told"))
      setEntry(codec.writable(codec.dirty(codec.young(entry))), at: slot, depth: lastDepth)
      return true
    }
    if !isZeros(frame), frames.isRAM(frame), frames[frame].kind == .anonymous, canReuse(frame) {
      log.add(.decided("nobody else has the page: it is made writable"))
      if profile.areaRules.copyOnWriteReuse == .exclusive { frames[frame].flags.insert(.exclusive) }
      var new = codec.dirty(codec.young(entry))
      if area.flags.contains(.write) { new = codec.writable(new) }
      setEntry(new, at: slot, depth: lastDepth)
      return true
    }
    return false
  }

  /// Whether a private page may be written in place by the only process that maps it.
  ///
  /// What is in the swap cache, others may have in entries that name its slot.
  @inline(__always)
  func canReuse(_ frame: UInt64) -> Bool {
    guard !frames[frame].flags.contains(.inSwapCache) else { return false }
    return switch profile.areaRules.copyOnWriteReuse {
    case .mapCount: frames[frame].mapCount == 1
    case .referenceCount: frames[frame].referenceCount == 1
    case .exclusive: frames[frame].flags.contains(.exclusive) || frames[frame].mapCount == 1
    }
  }

  /// Gives the process a page of its own (`wp_page_copy`): clears the old entry, then writes the new one.
  private mutating func copyForWrite(
    _ old: UInt64, at slot: EntrySlot, in area: Area, page: UInt64, space: AddressSpace
  ) -> AreaFault {
    prepareAnonymousMap(of: area, in: space)
    hold(old)
    defer { letGo(old) }
    guard let frame = allocateAnonymous(for: space, in: area, page: page) else { return .outOfMemory }
    if old == zeroFrame {
      clear(frame)
    } else {
      copy(from: old, to: frame)
      counters.copiedPages &+= 1
    }
    log.add(
      .decided(
        old == zeroFrame
          ? "the page of zeros is written: the page gets a frame of its own"
          : "others may use the frame: the process gets a copy"))
    log.add(.allocated(frame: frame, purpose: "copy on write"))
    lockTable(of: slot, depth: lastDepth, site: "wp_page_copy")
    setEntry(.none, at: slot, depth: lastDepth)
    flush(page..<page &+ pageByteCount, of: space)
    releaseMapping(of: old, usage: &space.usage)
    installAnonymous(frame, at: slot, in: area, space: space)
    unlockTable(of: slot, depth: lastDepth)
    return .minor
  }
}
