public import PageTables

extension PageTableEditor {
  /// Makes the table that the absent entry at `walk` should name, links it and gives its address.
  ///
  /// Where several tables share one allocation (ARM's two hardware tables in a page), all entries of the
  /// group are linked, but for those that map memory; and a table whose neighbour exists already is taken
  /// from the neighbour's allocation.
  @usableFromInline @inline(never)
  func makeTable<Memory: WritableMemory & ~Copyable, Frames: FrameSource & ~Copyable>(
    at walk: EntryLocation, entry: UInt64, address: VirtualAddress, in memory: inout Memory,
    frames: inout Frames
  ) throws(EditError) -> UInt64 {
    switch format.meaning(of: entry, depth: walk.depth) {
    case .absent: break
    case .table(let next): return next.rawValue
    case .leaf, .refused: return try follow(entry, from: walk, address: address)
    }
    guard let kind = format.tables[walk.depth] else {
      throw refusal(.noTable, at: walk, entry: entry, address: address)
    }
    let group = self.group(of: walk, kind: kind)
    let position = walk.index &- group.index
    if let base = try neighbourAllocation(of: group, kind: kind, address: address, in: memory) {
      let table = base &+ UInt64(kind.offsetBytes) &+ position &* UInt64(kind.tableByteCount)
      try store(
        kind.bits | kind.layout.entryBits(of: PhysicalAddress(table)), at: walk, address: address, in: &memory
      )
      return table
    }
    let base = try allocate(kind, at: walk, entry: entry, address: address, in: &memory, frames: &frames)
    var made: UInt64 = 0
    for member in 0..<UInt64(kind.groupCount) {
      let place = advanced(group, by: member)
      let table = base &+ UInt64(kind.offsetBytes) &+ member &* UInt64(kind.tableByteCount)
      if member == position { made = table }
      let present = try load(place, address: address, in: memory)
      guard case .absent = format.meaning(of: present, depth: place.depth) else { continue }
      try store(
        kind.bits | kind.layout.entryBits(of: PhysicalAddress(table)), at: place, address: address,
        in: &memory)
    }
    return made
  }

  /// The first entry of the group that `walk` belongs to.
  func group(of walk: EntryLocation, kind: TableKind) -> EntryLocation {
    EntryLocation(
      depth: walk.depth, table: walk.table.rawValue, index: walk.index & ~(UInt64(kind.groupCount) &- 1),
      entryCount: walk.entryCount, entrySizeBits: format.levels[walk.depth].entrySizeBits)
  }

  /// The allocation that a neighbour's table lies in, or nil.
  private func neighbourAllocation<Memory: WritableMemory & ~Copyable>(
    of group: EntryLocation, kind: TableKind, address: VirtualAddress, in memory: borrowing Memory
  ) throws(EditError) -> UInt64? {
    guard kind.groupCount > 1 else { return nil }
    for member in 0..<UInt64(kind.groupCount) {
      let place = advanced(group, by: member)
      let entry = try load(place, address: address, in: memory)
      guard case .table(let table) = format.meaning(of: entry, depth: place.depth) else { continue }
      let base = table.rawValue &- UInt64(kind.offsetBytes) &- member &* UInt64(kind.tableByteCount)
      if base & UInt64(kind.allocationByteCount - 1) == 0 { return base }
    }
    return nil
  }

  /// A zeroed allocation whose address the entry can hold.
  private func allocate<Memory: WritableMemory & ~Copyable, Frames: FrameSource & ~Copyable>(
    _ kind: TableKind, at walk: EntryLocation, entry: UInt64, address: VirtualAddress,
    in memory: inout Memory, frames: inout Frames
  ) throws(EditError) -> UInt64 {
    let sizeBits = kind.allocationSizeBits
    guard let frame = frames.allocate(sizeBits: sizeBits) else {
      throw refusal(.outOfFrames(sizeBits: sizeBits), at: walk, entry: entry, address: address)
    }
    let size = UInt64(kind.allocationByteCount)
    let (last, overflows) = frame.rawValue.addingReportingOverflow(size &- 1)
    let first = frame.rawValue &+ UInt64(kind.offsetBytes)
    // A table at address 0 may be what the format calls absent.
    let link = kind.bits | kind.layout.entryBits(of: PhysicalAddress(first))
    guard frame.rawValue & (size &- 1) == 0, !overflows, first & ~kind.addressMask == 0,
      last & ~(kind.addressMask | (size &- 1)) == 0,
      case .table = format.meaning(of: link, depth: walk.depth)
    else {
      frames.free(frame, sizeBits: sizeBits)
      throw refusal(.unusableFrame(frame, sizeBits: sizeBits), at: walk, entry: entry, address: address)
    }
    do throws(MemoryFault) {
      try memory.zero(at: frame, count: kind.allocationByteCount)
    } catch {
      frames.free(frame, sizeBits: sizeBits)
      throw refusal(.memory(frame, error), at: walk, entry: entry, address: address)
    }
    return frame.rawValue
  }
}
