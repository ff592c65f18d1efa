import PageTableEditing
import PageTables

extension Machine {
  /// Whether the kernel's linear map lacks a frame (`PageHighMem`).
  public func isHighMemory(_ frame: UInt64) -> Bool { linearAddress(of: frame << pageSizeBits) == nil }

  /// Where the linear map has a physical address, or nil if that is in high memory, or not in RAM.
  public func linearAddress(of physical: UInt64) -> UInt64? {
    guard frames.isRAM(physical >> pageSizeBits) else { return nil }
    let offset = physical &- layout.physicalOffset
    return offset < layout.linear.upperBound &- layout.linear.lowerBound
      ? layout.linear.lowerBound &+ offset : nil
  }

  /// The kernel address of a frame, if it has one: of the linear map, or of a permanent mapping
  /// (`page_address`).
  public func pageAddress(of frame: UInt64) -> UInt64? {
    if let address = linearAddress(of: frame << pageSizeBits) { return address }
    return highMemory.permanent.slots[frame].map { pkmapAddress($0) }
  }

  func pkmapAddress(_ slot: Int) -> UInt64 { layout.pkmap.lowerBound &+ UInt64(slot) << pageSizeBits }

  /// Maps a frame until ``unmapPermanently(_:)`` (`kmap`): a frame of the linear map is there already; one of
  /// high memory gets a place of pkmap, the same for all who ask.
  ///
  /// The place's entry is written to a table that all processes share, so it needs no synchronisation; only
  /// where the table itself is missing (LPAE's private one) does the first access fault.
  public mutating func mapPermanently(_ frame: UInt64) throws(HighMemoryError) -> UInt64 {
    guard frames.isRAM(frame) else { throw .outsideRAM(frame: frame) }
    if let address = linearAddress(of: frame << pageSizeBits) {
      log.add(.decided("kmap: the frame is in the linear map"))
      return address
    }
    if let slot = highMemory.permanent.slots[frame] {
      highMemory.permanent.counts[slot] += 1
      log.add(.decided("kmap: the frame has place \(slot) of pkmap already"))
      return pkmapAddress(slot)
    }
    let slot = try findSlot()
    try writeKernelPage(pkmapAddress(slot), frame: frame)
    highMemory.permanent.frames[slot] = frame
    highMemory.permanent.slots[frame] = slot
    highMemory.permanent.counts[slot] = 2
    log.add(.decided("kmap: place \(slot) of pkmap"))
    return pkmapAddress(slot)
  }

  /// One user of a permanent mapping less (`kunmap`). The entry stays until the search comes round.
  public mutating func unmapPermanently(_ address: UInt64) throws(HighMemoryError) {
    if layout.linear.contains(address) { return }
    let slot = Int(truncatingIfNeeded: (address &- layout.pkmap.lowerBound) >> pageSizeBits)
    guard layout.pkmap.contains(address), highMemory.permanent.counts[slot] > 1 else {
      throw .notMapped(address: address)
    }
    highMemory.permanent.counts[slot] -= 1
  }

  /// A free place: searches from the one behind the last, and flushes when it comes round to 0
  /// (`map_new_virtual`).
  private mutating func findSlot() throws(HighMemoryError) -> Int {
    let slotCount = highMemory.permanent.counts.count
    var remaining = slotCount
    while remaining > 0 {
      highMemory.permanent.lastSlot = (highMemory.permanent.lastSlot + 1) & (slotCount - 1)
      let slot = highMemory.permanent.lastSlot
      if slot == 0 {
        try flushUnusedSlots()
        remaining = slotCount
      }
      if highMemory.permanent.counts[slot] == 0 { return slot }
      remaining -= 1
    }
    throw .wouldSleep(slotCount: slotCount)
  }

  /// Clears the places that nobody uses any more, with one flush of all of pkmap on all processors
  /// (`flush_all_zero_pkmaps`).
  private mutating func flushUnusedSlots() throws(HighMemoryError) {
    var isNeeded = false
    for slot in highMemory.permanent.counts.indices where highMemory.permanent.counts[slot] == 1 {
      try clearKernelPage(pkmapAddress(slot))
      highMemory.permanent.slots[highMemory.permanent.frames[slot]] = nil
      highMemory.permanent.counts[slot] = 0
      isNeeded = true
    }
    guard isNeeded else { return }
    highMemory.permanent.flushCount &+= 1
    log.add(.decided("pkmap came round: what nobody uses is flushed"))
    flushKernel(layout.pkmap)
  }

  // MARK: Entries

  /// Writes the entry of a page of the kernel's own, readable and writable, whose table exists.
  mutating func writeKernelPage(_ address: UInt64, frame: UInt64) throws(HighMemoryError) {
    do throws(EditError) {
      let page = try format.template(
        format.nearestAccess(to: Self.data, sizeBits: profile.format.pageSizeBits) ?? .kernel,
        profile.kernelAttributes)
      try kernel.editor.map(
        VirtualAddress(address), to: PhysicalAddress(frame << pageSizeBits),
        sizeBits: profile.format.pageSizeBits, as: page, in: &memory, frames: &frames)
    } catch {
      throw .table("\(error)")
    }
  }

  mutating func clearKernelPage(_ address: UInt64) throws(HighMemoryError) {
    do throws(EditError) {
      try kernel.editor.unmap(VirtualAddress(address), byteCount: pageByteCount, in: &memory)
    } catch {
      throw .table("\(error)")
    }
  }
}
