public import PageTables

extension PageTableEditor {
  /// Unlinks and gives back the tables that serve a part of the range and hold nothing at all: no page, no
  /// table, no swap entry, nothing of Linux's own.
  ///
  /// Root tables stay. Tables that are shared with another address space are the caller's to spare.
  ///
  /// - Returns: how many allocations were given back.
  /// - Complexity: every entry of the range's tables is read once.
  @discardableResult
  public func freeEmptyTables<Memory: WritableMemory & ~Copyable, Frames: FrameSource & ~Copyable>(
    _ address: VirtualAddress, byteCount: UInt64, in memory: inout Memory, frames: inout Frames
  ) throws(EditError) -> Int {
    let end = try self.end(of: address, byteCount: byteCount)
    var address = address
    var freed = 0
    while let region = format.region(of: address),
      let top = begin(address, depth: format.levels.count - 1)
    {
      let last = VirtualAddress(min(end.rawValue, region.last.rawValue))
      freed += try free(from: top, address: address, last: last, in: &memory, frames: &frames)
      guard last.rawValue < end.rawValue else { break }
      address = VirtualAddress(last.rawValue + 1)
    }
    return freed
  }

  /// Frees the empty tables below the entries of one table, from `walk` (the entry of `address`) to the
  /// entry of `last` or the table's end. Recursion goes one level down each time.
  private func free<Memory: WritableMemory & ~Copyable, Frames: FrameSource & ~Copyable>(
    from walk: EntryLocation, address: VirtualAddress, last: VirtualAddress, in memory: inout Memory,
    frames: inout Frames
  ) throws(EditError) -> Int {
    guard let kind = format.tables[walk.depth] else { return 0 }
    let span: UInt64 = 1 &<< UInt64(format.levels[walk.depth].shift)
    var walk = walk
    var address = address
    var freed = 0
    while true {
      let entry = try load(walk, address: address, in: memory)
      if case .table(let table) = format.meaning(of: entry, depth: walk.depth) {
        let below = next(walk, table: table.rawValue, address: address)
        freed += try free(from: below, address: address, last: last, in: &memory, frames: &frames)
        if try freeTable(table, at: walk, kind: kind, address: address, in: &memory, frames: &frames) {
          freed += 1
        }
      }
      guard walk.index + 1 < walk.entryCount, advance(&address, by: 1, span: span, end: last) else {
        return freed
      }
      walk = advanced(walk, by: 1)
    }
  }

  /// Unlinks one table, and those that share its allocation, if the whole allocation is zero.
  private func freeTable<Memory: WritableMemory & ~Copyable, Frames: FrameSource & ~Copyable>(
    _ table: PhysicalAddress, at walk: EntryLocation, kind: TableKind, address: VirtualAddress,
    in memory: inout Memory, frames: inout Frames
  ) throws(EditError) -> Bool {
    let group = self.group(of: walk, kind: kind)
    let position = walk.index - group.index
    let base = PhysicalAddress(
      table.rawValue &- UInt64(kind.offsetBytes) &- position &* UInt64(kind.tableByteCount))
    // A table that this editor's rules did not place is not ours to give back.
    guard base.rawValue & UInt64(kind.allocationByteCount - 1) == 0 else { return false }
    let isEmpty: Bool
    do throws(MemoryFault) {
      isEmpty = try memory.withBytes(at: base, count: kind.allocationByteCount) { bytes in
        bytes.isZero
      }
    } catch {
      throw refusal(.memory(base, error), at: walk, entry: 0, address: address)
    }
    guard isEmpty else { return false }
    for member in 0..<UInt64(kind.groupCount) {
      let place = advanced(group, by: member)
      let entry = try load(place, address: address, in: memory)
      guard case .table(let other) = format.meaning(of: entry, depth: place.depth) else { continue }
      let expected = base.rawValue &+ UInt64(kind.offsetBytes) &+ member &* UInt64(kind.tableByteCount)
      if other.rawValue == expected { try store(0, at: place, address: address, in: &memory) }
    }
    frames.free(base, sizeBits: kind.allocationSizeBits)
    return true
  }
}

extension RawSpan {
  /// Whether all bytes are zero.
  fileprivate var isZero: Bool {
    var offset = 0
    while offset < byteCount {
      // Sizes are powers of two of at least 4.
      let word =
        entry(atByteOffset: offset, byteCount: 8, order: .little)
        ?? entry(atByteOffset: offset, byteCount: 4, order: .little) ?? 1
      if word != 0 { return false }
      offset += 8
    }
    return true
  }
}
