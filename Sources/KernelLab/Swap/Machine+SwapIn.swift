import PageTables

extension Machine {
  /// A fault at a page that is swapped out (`do_swap_page`, `mm/memory.c`): from the swap cache, or from the
  /// device, which is a major fault.
  ///
  /// The page is the process's own again if its entry said so, or if nobody else refers to it; then a write
  /// goes to it at once, else to a copy.
  mutating func swapIn(
    _ entry: PageEntry, _ place: SwapSlot, at slot: EntrySlot, in area: Area, page: UInt64, isWrite: Bool,
    space: AddressSpace
  ) -> AreaFault {
    prepareAnonymousMap(of: area, in: space)
    var result = AreaFault.minor
    var frame = swap.cache[place]
    if frame == nil {
      guard let new = allocateAnonymous(for: space, in: area, page: page) else { return .outOfMemory }
      guard let words = swap.words(at: place) else {
        frames.drop(new)
        return .outOfMemory
      }
      fill(new, with: words)
      log.add(.allocated(frame: new, purpose: "swapped-in page"))
      log.add(.decided("the page is read from swap slot \(place.offset) of device \(place.type)"))
      // The reference that it was made with is the cache's.
      swap.cache[place] = new
      swap.slots[new] = place
      frames[new].flags.insert(.inSwapCache)
      counters.swappedIn &+= 1
      frame = new
      result = .major
    } else {
      log.add(.decided("the page is in the swap cache"))
    }
    guard let frame else { return .outOfMemory }
    locks.acquire(.page(frame), site: "do_swap_page")
    lockTable(of: slot, depth: lastDepth, site: "do_swap_page")
    frames[frame].mapCount += 1
    frames[frame].referenceCount += 1
    space.usage.anonymousPages += 1
    space.usage.swappedPages -= 1
    let isOwn =
      swap.exclusiveMask != 0 && entry.word & swap.exclusiveMask != 0
      || swap.count(at: place) == 1 && frames[frame].mapCount == 1
    if isOwn { frames[frame].flags.insert(.exclusive) }
    var new = codec.young(codec.entry(frame: frame, rights: area.flags))
    if isOwn, isWrite { new = codec.dirty(new) }
    if isOwn, isWrite, area.flags.contains(.write) { new = codec.writable(new) }
    setEntry(new, at: slot, depth: lastDepth)
    releaseSwap(place)
    unlockTable(of: slot, depth: lastDepth)
    locks.release(.page(frame), site: "do_swap_page")
    guard isWrite, !isOwn else { return result }
    // `do_wp_page` at the end of the same fault.
    let copied = handlePresent(new, at: slot, in: area, page: page, isWrite: true, space: space)
    return copied == .minor ? result : copied
  }
}
