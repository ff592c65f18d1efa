import PageTableEditing
import PageTables

extension Machine {
  /// Adds a swap device of `byteCount` bytes (`swapon`); its number, or a negative error number.
  ///
  /// What the entries cannot name is left unused, as Linux truncates an oversized area.
  @discardableResult
  public mutating func swapon(_ name: String, byteCount: UInt64) -> Int64 {
    guard !swap.devices.contains(where: { $0?.name == name }) else { return SystemError.busy.result }
    let pages = byteCount &>> pageSizeBits
    let type = swap.devices.firstIndex { $0 == nil } ?? swap.devices.count
    guard let limit = largestSwapOffset(type: type) else { return SystemError.notPermitted.result }
    guard pages > 1 else { return SystemError.invalid.result }
    let device = SwapDevice(name: name, slotCount: min(pages &- 1, limit))
    if type == swap.devices.count { swap.devices.append(device) } else { swap.devices[type] = device }
    return Int64(type)
  }

  /// The largest offset that entries of a type can hold; nil: there is no such type.
  private func largestSwapOffset(type: Int) -> UInt64? {
    guard codec.swap(type: UInt64(type), offset: 1) != nil else { return nil }
    var offset: UInt64 = 1
    while offset < 1 << 48, codec.swap(type: UInt64(type), offset: offset << 1 | 1) != nil {
      offset = offset << 1 | 1
    }
    return offset
  }

  /// Takes a device out of use (`swapoff`): all its pages come back first. ENOMEM if they do not fit; those
  /// that came back stay.
  @discardableResult
  public mutating func swapoff(_ name: String) -> Int64 {
    guard let type = swap.devices.firstIndex(where: { $0?.name == name }) else {
      return SystemError.invalid.result
    }
    swap.devices[type]?.isClosing = true
    for space in liveSpaces where !bringBack(all: space, from: type) { return reopen(type) }
    for file in reclaim.files.values.sorted(by: { $0.id < $1.id }) {
      for (page, slot) in file.swapped.sorted(by: { $0.key < $1.key }) where slot.type == type {
        guard cachedFrame(of: file, page: page) != nil else { return reopen(type) }
      }
    }
    guard swap.devices[type]?.usedCount == 0 else { return reopen(type) }
    swap.devices[type] = nil
    while let last = swap.devices.last, last == nil { swap.devices.removeLast() }
    return 0
  }

  private mutating func reopen(_ type: Int) -> Int64 {
    swap.devices[type]?.isClosing = false
    return SystemError.noMemory.result
  }

  /// Brings back the pages of a space that are on one device (`unuse_mm`); false if a frame is missing.
  private mutating func bringBack(all space: AddressSpace, from type: Int) -> Bool {
    guard space.usage.swappedPages > 0 else { return true }
    locks.acquire(.mmap(space.id), isShared: true, site: "unuse_mm")
    defer { locks.release(.mmap(space.id)) }
    for area in space.areas {
      var address = area.start
      while address < area.end,
        let slot = nextSlot(from: &address, below: area.end, root: space.root, depth: lastDepth)
      {
        let entry = entry(at: slot, depth: lastDepth)
        if let place = swapSlot(of: entry), place.type == type,
          swapIn(entry, place, at: slot, in: area, page: address, isWrite: false, space: space)
            == .outOfMemory
        {
          return false
        }
        address &+= pageByteCount
      }
    }
    return true
  }

  // MARK: Entries

  /// The slot that an entry names, or nil if it is no swap entry.
  func swapSlot(of entry: PageEntry) -> SwapSlot? {
    guard !entry.isNone, !codec.isPresent(entry) else { return nil }
    let state = codec.state(of: PageEntry(word: entry.word & ~swap.exclusiveMask))
    guard state.kind == .swap else { return nil }
    return SwapSlot(type: Int(truncatingIfNeeded: state.type), offset: state.offset)
  }

  /// Drops what an entry that is not present stands for (`zap_nonpresent_ptes`).
  mutating func releaseSwap(of entry: PageEntry, usage: inout SpaceUsage) {
    guard let slot = swapSlot(of: entry) else { return }
    usage.swappedPages -= 1
    releaseSwap(slot)
  }

  /// One less that counts on a slot; the cache lets go of its page when nobody does (`free_swap_and_cache`).
  mutating func releaseSwap(_ slot: SwapSlot) {
    guard swap.devices.indices.contains(slot.type) else { return }
    locks.acquire(.swap, site: "swap_free")
    swap.devices[slot.type]?.count(-1, at: slot.offset)
    locks.release(.swap)
    if swap.count(at: slot) == 0 { uncache(slot) }
  }

  /// Takes a page out of the swap cache.
  mutating func uncache(_ slot: SwapSlot) {
    guard let frame = swap.cache.removeValue(forKey: slot) else { return }
    swap.slots[frame] = nil
    frames[frame].flags.remove(.inSwapCache)
    if frames.drop(frame) { log.add(.freed(frame: frame)) }
  }

  // MARK: Contents

  /// What a frame holds, in words; empty if all are zero.
  func words(of frame: UInt64) -> [UInt64] {
    let start = frame &<< pageSizeBits
    let words = stride(from: start, to: start &+ pageByteCount, by: 8).map { address in
      (try? memory.load(byteCount: 8, order: .little, at: PhysicalAddress(address))) ?? 0
    }
    return words.contains { $0 != 0 } ? words : []
  }

  mutating func fill(_ frame: UInt64, with words: [UInt64]) {
    guard !words.isEmpty else { return clear(frame) }
    let start = frame &<< pageSizeBits
    for (place, word) in words.enumerated() where place < Int(pageByteCount / 8) {
      try? memory.store(
        entry: word, byteCount: 8, order: .little, at: PhysicalAddress(start &+ UInt64(place) &* 8))
    }
  }
}
