import PageTables

extension Machine {
  /// A copy of a process (`fork`): the areas, and the pages of those that have private ones.
  ///
  /// Copied pages are read-only in both from then on, whatever their areas say; whoever writes first gets a
  /// copy. Areas that never had a private page start without pages and without tables: faults bring them.
  ///
  /// - Throws: ``MachineError/outOfFrames(_:)``; then there is no child, and pages of the parent may have become
  ///   read-only.
  public mutating func fork(_ task: Task) throws(MachineError) -> Task {
    guard let parent = task.space else { throw .isKernelThread(pid: task.pid) }
    var copied = try copy(parent)
    while copied == nil, recoversFromOutOfMemory(task) { copied = try copy(parent) }
    guard let space = copied else {
      throw .outOfFrames("the page tables of a child of process \(task.pid)")
    }
    let child = Task(pid: nextPID, command: task.command, parent: task.pid, space: space)
    child.badnessAdjustment = task.badnessAdjustment
    tasks[child.pid] = child
    nextPID += 1
    return child
  }

  /// `dup_mm`; nil if frames ran out.
  private mutating func copy(_ parent: AddressSpace) throws(MachineError) -> AddressSpace? {
    let space = try makeSpace()
    locks.acquire(.mmap(parent.id), site: "dup_mmap")
    locks.acquire(.mmap(space.id), isNested: true, site: "dup_mmap")
    let isCopied = copyAreas(of: parent, to: space)
    // Writable translations of the parent must go.
    flush(0..<userEnd, of: parent)
    locks.release(.mmap(space.id))
    locks.release(.mmap(parent.id))
    if isCopied { return space }
    discard(space)
    return nil
  }

  /// `dup_mmap`; false if frames ran out.
  private mutating func copyAreas(of parent: AddressSpace, to child: AddressSpace) -> Bool {
    child.heapStart = parent.heapStart
    child.heapEnd = parent.heapEnd
    child.areas.reserveCapacity(parent.areas.count)
    for area in parent.areas where !area.flags.contains(.notCopiedOnFork) {
      let copy = area.duplicate()
      copy.flags.subtract([.locked, .lockedOnFault])
      if area.flags.contains(.wipedOnFork) { copy.anonymousMap = nil } else { copy.forkChain(of: area) }
      lockMaps(of: copy)
      child.areas.append(copy)
      child.account(copy.flags, pages: child.pageCount(copy.byteCount))
      if area.anonymousMap != nil, !area.flags.contains(.wipedOnFork) {
        guard copyPages(area.start..<area.end, of: parent, to: child) else { return false }
      }
    }
    return true
  }

  /// Where a copied area is entered under a lock: with its file, and with its anonymous maps.
  private mutating func lockMaps(of copy: Area) {
    guard locks.isChecking else { return }
    if let map = copy.anonymousMap {
      locks.acquire(.anonymousMap(map.rootNumber), site: "anon_vma_fork")
      locks.release(.anonymousMap(map.rootNumber))
    }
    if let file = copy.file {
      locks.acquire(.fileMappings(file.id), site: "dup_mmap")
      locks.release(.fileMappings(file.id))
    }
  }

  /// Copies tables, empty ones too, and entries (`copy_page_range`); false if frames ran out.
  private mutating func copyPages(
    _ range: Range<UInt64>, of parent: AddressSpace, to child: AddressSpace
  ) -> Bool {
    if parent.hasLargeEntries, !copyLarge(range, of: parent, to: child) { return false }
    var depth = 1
    while depth < lastDepth {
      let spanMask: UInt64 = (1 &<< tableSpanBits[depth]) &- 1
      var address = range.lowerBound
      while nextSlot(from: &address, below: range.upperBound, root: parent.root, depth: depth) != nil {
        guard makeSlot(for: address, in: child, depth: depth) != nil else { return false }
        let (next, wraps) = (address | spanMask).addingReportingOverflow(1)
        if wraps { break }
        address = next
      }
      depth += 1
    }
    var address = range.lowerBound
    while let source = nextSlot(from: &address, below: range.upperBound, root: parent.root, depth: lastDepth)
    {
      guard let target = makeSlot(for: address, in: child, depth: lastDepth) else { return false }
      let count = runCount(source, from: address, below: range.upperBound)
      // Making the table may have taken pages of both away.
      lockTables(of: target, source, depth: lastDepth, site: "copy_pte_range")
      copyEntries(count, from: source, to: target, usage: &child.usage)
      unlockTables(of: target, source, depth: lastDepth)
      address &+= count &<< pageSizeBits
    }
    return true
  }

  /// The entries of one table (`copy_present_pte`, `copy_nonpresent_pte`).
  private mutating func copyEntries(
    _ count: UInt64, from source: EntrySlot, to target: EntrySlot, usage: inout SpaceUsage
  ) {
    var source = source
    var target = target
    let depth = lastDepth
    let zero = zeroFrame
    var anonymous: Int64 = 0
    for _ in 0..<count {
      let entry = entry(at: source, depth: depth)
      if !entry.isNone, codec.isPresent(entry) {
        let frame = codec.frame(of: entry)
        if frame != zero, frames.isRAM(frame) { shareFrame(frame, &anonymous, &usage) }
        let protected = codec.writeProtected(entry)
        if protected != entry { setEntry(protected, at: source, depth: depth) }
        setEntry(codec.old(protected), at: target, depth: depth)
      } else if let place = swapSlot(of: entry) {
        // A page that is swapped out is nobody's own from then on.
        let shared = PageEntry(word: entry.word & ~swap.exclusiveMask)
        swap.devices[place.type]?.count(1, at: place.offset)
        usage.swappedPages += 1
        if shared != entry { setEntry(shared, at: source, depth: depth) }
        setEntry(shared, at: target, depth: depth)
      }
      advance(&source)
      advance(&target)
    }
    usage.anonymousPages += anonymous
  }

  @inline(__always)
  private mutating func shareFrame(_ frame: UInt64, _ anonymous: inout Int64, _ usage: inout SpaceUsage) {
    frames.share(frame)
    let kind = frames[frame].kind
    if kind == .anonymous { anonymous += 1 } else { Self.count(kind, 1, in: &usage) }
  }
}

extension FrameAllocator {
  /// The first entry that maps a frame: it is one process's own.
  @inline(__always)
  mutating func makeOwn(_ frame: UInt64) {
    let place = Int(truncatingIfNeeded: frame &- firstFrame)
    var descriptor = descriptors[place]
    descriptor.mapCount = 1
    descriptor.flags.insert(.exclusive)
    descriptors[place] = descriptor
  }

  /// One more entry that maps a frame, which is nobody's own from then on.
  @inline(__always)
  mutating func share(_ frame: UInt64) {
    let place = Int(truncatingIfNeeded: frame &- firstFrame)
    descriptors[place].mapCount += 1
    descriptors[place].referenceCount += 1
    descriptors[place].flags.remove(.exclusive)
  }
}
