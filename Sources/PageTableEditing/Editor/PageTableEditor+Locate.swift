public import PageTables

extension PageTableEditor {
  /// Where the entry for `address` at `depth` is, if the tables above it are there.
  ///
  /// - Throws: ``EditError/Problem/noTable`` where they are not,
  ///   ``EditError/Problem/leafInTheWay(sizeBits:)`` where a larger page ends the walk before.
  @inlinable
  public func locate<Memory: WritableMemory & ~Copyable>(
    _ address: VirtualAddress, depth target: Int, in memory: borrowing Memory
  ) throws(EditError) -> EntryLocation {
    guard var walk = begin(address, depth: target) else { throw unreachable(address, sizeBits: nil) }
    while walk.depth < target {
      let entry = try load(walk, address: address, in: memory)
      let level = format.levels[walk.depth]
      let next =
        level.isTable(entry) ? level.tableAddress(entry) : try follow(entry, from: walk, address: address)
      walk = self.next(walk, table: next, address: address)
    }
    return walk
  }

  /// Where the entry of `address` is at level `depth`, counted from the format's top; tables that are missing
  /// on the way are made.
  ///
  /// Errors are those of ``map(_:to:sizeBits:as:in:frames:)``.
  @inlinable
  public func locateMakingTables<Memory: WritableMemory & ~Copyable, Frames: FrameSource & ~Copyable>(
    _ address: VirtualAddress, depth: Int, in memory: inout Memory, frames: inout Frames
  ) throws(EditError) -> EntryLocation {
    try locateMaking(
      address, depth: depth, sizeBits: format.levels[depth].shift, in: &memory, frames: &frames)
  }

  /// Where the entry for `address` at `depth` is; tables that are missing are made.
  @inlinable
  func locateMaking<Memory: WritableMemory & ~Copyable, Frames: FrameSource & ~Copyable>(
    _ address: VirtualAddress, depth target: Int, sizeBits: UInt8, in memory: inout Memory,
    frames: inout Frames
  ) throws(EditError) -> EntryLocation {
    guard var walk = begin(address, depth: target) else { throw unreachable(address, sizeBits: sizeBits) }
    while walk.depth < target {
      let entry = try load(walk, address: address, in: memory)
      let level = format.levels[walk.depth]
      let next =
        level.isTable(entry)
        ? level.tableAddress(entry)
        : try makeTable(at: walk, entry: entry, address: address, in: &memory, frames: &frames)
      walk = self.next(walk, table: next, address: address)
    }
    return walk
  }

  /// The first table's entry, or nil if the address is not canonical or the region starts below `depth`.
  @inlinable @inline(__always)
  func begin(_ address: VirtualAddress, depth: Int) -> EntryLocation? {
    guard let region = format.region(of: address) else { return nil }
    let first = Int(region.firstDepth)
    guard first <= depth, depth < format.levels.count else { return nil }
    return location(
      address, table: root[region.root].rawValue, depth: first, indexBits: region.firstIndexBits)
  }

  @inlinable @inline(__always)
  func next(_ walk: EntryLocation, table: UInt64, address: VirtualAddress) -> EntryLocation {
    let depth = walk.depth &+ 1
    return location(address, table: table, depth: depth, indexBits: format.levels[depth].indexBits)
  }

  @inlinable @inline(__always)
  func location(_ address: VirtualAddress, table: UInt64, depth: Int, indexBits: UInt8) -> EntryLocation {
    let level = format.levels[depth]
    let entryCount: UInt64 = 1 &<< UInt64(indexBits)
    return EntryLocation(
      depth: depth, table: table,
      index: (address.rawValue &>> UInt64(level.shift)) & (entryCount &- 1), entryCount: entryCount,
      entrySizeBits: level.entrySizeBits)
  }

  @inlinable @inline(__always)
  func load<Memory: WritableMemory & ~Copyable>(
    _ location: EntryLocation, address: VirtualAddress, in memory: borrowing Memory
  ) throws(EditError) -> UInt64 {
    do throws(MemoryFault) {
      return try memory.load(
        byteCount: 1 &<< Int(format.levels[location.depth].entrySizeBits), order: format.byteOrder,
        at: location.address)
    } catch {
      throw refusal(.memory(location.address, error), at: location, entry: 0, address: address)
    }
  }

  @inlinable @inline(__always)
  func store<Memory: WritableMemory & ~Copyable>(
    _ entry: UInt64, at location: EntryLocation, address: VirtualAddress, in memory: inout Memory
  ) throws(EditError) {
    do throws(MemoryFault) {
      try memory.store(
        entry: entry, byteCount: 1 &<< Int(format.levels[location.depth].entrySizeBits),
        order: format.byteOrder, at: location.address)
    } catch {
      throw refusal(.memory(location.address, error), at: location, entry: 0, address: address)
    }
  }

  /// The same table's entry `count` further; the caller stays inside the table.
  @inlinable @inline(__always)
  func advanced(_ location: EntryLocation, by count: UInt64) -> EntryLocation {
    EntryLocation(
      depth: location.depth, table: location.table.rawValue, index: location.index &+ count,
      entryCount: location.entryCount, entrySizeBits: format.levels[location.depth].entrySizeBits)
  }

  /// The table that an entry names which the geometry does not know.
  @usableFromInline @inline(never)
  func follow(_ entry: UInt64, from walk: EntryLocation, address: VirtualAddress) throws(EditError) -> UInt64
  {
    switch format.meaning(of: entry, depth: walk.depth) {
    case .table(let next): return next.rawValue
    case .absent: throw refusal(.noTable, at: walk, entry: entry, address: address)
    case .leaf(let kind):
      throw refusal(
        .leafInTheWay(sizeBits: format.kinds[kind].sizeBits), at: walk, entry: entry, address: address)
    case .refused(let problem): throw refusal(problem, at: walk, entry: entry, address: address)
    }
  }

  @usableFromInline @inline(never)
  func unreachable(_ address: VirtualAddress, sizeBits: UInt8?) -> EditError {
    guard format.region(of: address) != nil else { return EditError(.nonCanonical, address: address) }
    guard let sizeBits else { return EditError(.noTable, address: address) }
    return noLeaf(address, sizeBits: sizeBits)
  }

  @usableFromInline @inline(never)
  func refusal(
    _ problem: EditError.Problem, at location: EntryLocation, entry: UInt64, address: VirtualAddress
  ) -> EditError {
    EditError(
      problem, address: address,
      place: EditError.Place(
        depth: location.depth, table: location.table, index: location.index, entry: entry))
  }
}
