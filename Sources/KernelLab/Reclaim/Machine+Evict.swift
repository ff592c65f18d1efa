import PageTables

extension Machine {
  /// Takes a page out of everybody's tables and frees its frame (`shrink_folio_list`): private pages and
  /// shared memory go to swap, changed pages of files are written back, unchanged ones dropped. False if it
  /// must stay: it is locked, somebody holds it, or there is no room on swap.
  mutating func evict(_ frame: UInt64, _ mappings: [FrameMapping]) -> Bool {
    guard !mappings.contains(where: { $0.area.flags.contains(.locked) }) else { return false }
    let descriptor = frames[frame]
    let isCached = descriptor.kind != .anonymous || descriptor.flags.contains(.inSwapCache)
    // Somebody is at work with it.
    guard descriptor.referenceCount == descriptor.mapCount + (isCached ? 1 : 0) else { return false }
    switch descriptor.kind {
    case .anonymous: return swapOut(frame, mappings)
    case .sharedMemory: return putAway(frame, mappings)
    case .file: return writeBack(frame, mappings)
    default: return false
    }
  }

  /// Small entries of all mappings: large ones are split first.
  private mutating func split(_ mappings: [FrameMapping]) -> [FrameMapping] {
    mappings.map { mapping in
      guard mapping.isLarge else { return mapping }
      var small = mapping
      splitLarge(at: mapping.address, of: mapping.space)
      small.isLarge = false
      if let slot = slot(for: mapping.address, root: mapping.space.root, depth: lastDepth) {
        small.slot = slot
      }
      return small
    }
  }

  // MARK: Private pages

  /// `try_to_unmap_one` for an anonymous page, and the write to the device.
  private mutating func swapOut(_ frame: UInt64, _ mappings: [FrameMapping]) -> Bool {
    let isDirty =
      frames[frame].flags.contains(.dirty)
      || mappings.contains {
        codec.isDirty(entry(at: $0.slot, depth: $0.isLarge ? hugePageDepth : lastDepth))
      }
    if frames[frame].flags.contains(.lazilyFreed), !frames[frame].flags.contains(.inSwapCache) {
      if !isDirty {
        drop(frame, split(mappings))
        return true
      }
      frames[frame].flags.remove(.lazilyFreed)
    }
    let place: SwapSlot
    if let known = swap.slots[frame] {
      // It is there already, unchanged: whoever shares a page cannot write to it.
      place = known
      swap.devices[known.type]?.count(mappings.count, at: known.offset)
    } else {
      guard swap.hasRoom, let new = swap.take(words(of: frame), count: mappings.count) else { return false }
      place = new
      counters.swappedOut &+= 1
    }
    guard let encoded = codec.swap(type: UInt64(place.type), offset: place.offset) else {
      for _ in mappings { releaseSwap(place) }
      return false
    }
    let isExclusive = frames[frame].flags.contains(.exclusive)
    for mapping in split(mappings) {
      let mask = isExclusive ? swap.exclusiveMask : 0
      lockTable(of: mapping.slot, depth: lastDepth, site: "try_to_unmap_one")
      setEntry(PageEntry(word: encoded.word | mask), at: mapping.slot, depth: lastDepth)
      unlockTable(of: mapping.slot, depth: lastDepth)
      flush(page: mapping.address, of: mapping.space)
      mapping.space.usage.swappedPages += 1
      releaseMapping(of: frame, usage: &mapping.space.usage)
    }
    log.add(.decided("frame \(frame) goes to swap slot \(place.offset) of device \(place.type)"))
    uncache(place)
    return true
  }

  /// A page that was given up with MADV_FREE and not written since: nothing is kept.
  private mutating func drop(_ frame: UInt64, _ mappings: [FrameMapping]) {
    for mapping in mappings {
      lockTable(of: mapping.slot, depth: lastDepth, site: "try_to_unmap_one")
      setEntry(.none, at: mapping.slot, depth: lastDepth)
      unlockTable(of: mapping.slot, depth: lastDepth)
      flush(page: mapping.address, of: mapping.space)
      releaseMapping(of: frame, usage: &mapping.space.usage)
    }
  }

  // MARK: Pages of files

  private func file(of frame: UInt64) -> FileObject? {
    guard let file = reclaim.files[frames[frame].owner], file.pages[frames[frame].index] == frame else {
      return nil
    }
    return file
  }

  private mutating func unmap(_ frame: UInt64, _ mappings: [FrameMapping]) {
    for mapping in mappings {
      if codec.isDirty(entry(at: mapping.slot, depth: lastDepth)) { frames[frame].flags.insert(.dirty) }
    }
    drop(frame, mappings)
  }

  /// Shared memory goes to swap; its object knows where (`shmem_writepage`).
  private mutating func putAway(_ frame: UInt64, _ mappings: [FrameMapping]) -> Bool {
    guard swap.hasRoom, let file = file(of: frame), let place = swap.take(words(of: frame), count: 1) else {
      return false
    }
    counters.swappedOut &+= 1
    unmap(frame, mappings)
    let page = frames[frame].index
    file.swapped[page] = place
    file.pages[page] = nil
    if frames.drop(frame) { log.add(.freed(frame: frame)) }
    return true
  }

  private mutating func writeBack(_ frame: UInt64, _ mappings: [FrameMapping]) -> Bool {
    guard let file = file(of: frame) else { return false }
    unmap(frame, mappings)
    let page = frames[frame].index
    if frames[frame].flags.contains(.dirty) {
      let words = words(of: frame)
      file.stored[page] = words.isEmpty ? nil : words
      counters.writtenBack &+= 1
    }
    file.pages[page] = nil
    if frames.drop(frame) { log.add(.freed(frame: frame)) }
    return true
  }

  // MARK: On request

  /// MADV_PAGEOUT and MADV_COLD: pages that nobody else has are taken away, or marked old.
  mutating func age(_ range: Range<UInt64>, of space: AddressSpace, isEvicted: Bool) {
    var address = range.lowerBound
    while address < range.upperBound,
      let slot = nextSlot(from: &address, below: range.upperBound, root: space.root, depth: lastDepth)
    {
      let entry = entry(at: slot, depth: lastDepth)
      let frame = codec.frame(of: entry)
      if !entry.isNone, codec.isPresent(entry), !isZeros(frame), frames.isRAM(frame),
        frames[frame].mapCount == 1
      {
        if isEvicted {
          if let mappings = mappings(of: frame), let taken = lockForReclaim(frame, mappings) {
            _ = evict(frame, mappings)
            unlockAfterReclaim(frame, taken)
          }
        } else {
          lockTable(of: slot, depth: lastDepth, site: "madvise_cold_or_pageout_pte_range")
          setEntry(codec.old(entry), at: slot, depth: lastDepth)
          unlockTable(of: slot, depth: lastDepth)
          frames[frame].flags.remove(.referenced)
        }
      }
      address &+= pageByteCount
    }
    if !isEvicted { flush(range, of: space) }
  }
}
