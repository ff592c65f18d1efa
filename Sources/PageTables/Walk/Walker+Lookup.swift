extension Walker {
  /// Takes one address to its physical address, as fast as a hand-written walk when the format is a
  /// constant (``X86_64FourLevel``).
  ///
  /// Gives what ``translate(_:in:)`` gives, without path and reason.
  @inlinable @inline(__always)
  public func lookup(
    _ address: VirtualAddress, in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> Lookup {
    guard let region = format.region(of: address) else { return .unmapped }
    var table = root[region.root].rawValue
    // Written out, so that every level's numbers are constants, or stand at a constant place.
    if let answer = descend(&table, depth: 0, address: address, region: region, in: memory) { return answer }
    if let answer = descend(&table, depth: 1, address: address, region: region, in: memory) { return answer }
    if let answer = descend(&table, depth: 2, address: address, region: region, in: memory) { return answer }
    if let answer = descend(&table, depth: 3, address: address, region: region, in: memory) { return answer }
    if let answer = descend(&table, depth: 4, address: address, region: region, in: memory) { return answer }
    if let answer = descend(&table, depth: 5, address: address, region: region, in: memory) { return answer }
    return .unmapped
  }

  /// Reads the entry of the level at `depth`: the answer, or nil if the walk goes on in `table`, or has not
  /// yet come to this level.
  @inlinable @inline(__always)
  func descend(
    _ table: inout UInt64, depth: Int, address: VirtualAddress, region: Region,
    in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> Lookup? {
    guard depth >= Int(region.firstDepth) else { return nil }
    guard depth < format.levelCount else { return .unmapped }
    let geometry = format.geometry(depth)
    let indexBits = depth == Int(region.firstDepth) ? region.firstIndexBits : geometry.indexBits
    let entryAddress = geometry.entryAddress(in: table, for: address, indexBits: indexBits)
    return read(
      at: entryAddress, depth: depth, geometry: geometry, address: address, table: &table, in: memory)
  }

  /// Reads an entry: the answer, or nil if the walk goes on in `table`.
  @inlinable @inline(__always)
  func read(
    at entryAddress: UInt64, depth: Int, geometry: LevelGeometry, address: VirtualAddress,
    table: inout UInt64, in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> Lookup? {
    guard let entry = readEntry(at: entryAddress, geometry: geometry, in: memory) else { return .unmapped }
    if geometry.isTable(entry) {
      table = geometry.tableAddress(entry)
      return nil
    }
    if geometry.isLeaf(entry) { return geometry.lookup(entry, depth: depth, address: address) }
    if geometry.isAbsent(entry) { return .stopped(at: entry, depth: depth) }
    return finish(entry, depth: depth, address: address, in: memory)
  }

  /// Takes a walk to its end that has come to an entry that the geometry does not know. Apart from the rest,
  /// and with no way back, so that the rest stays as short as hand-written code.
  @inlinable @inline(never)
  func finish(
    _ entry: UInt64, depth: Int, address: VirtualAddress,
    in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> Lookup {
    var entry = entry
    var depth = depth
    while true {
      let resolved = resolve(entry, depth: depth, address: address)
      guard resolved.isTable else { return resolved.lookup }
      depth &+= 1
      guard depth < format.levelCount else { return .unmapped }
      let geometry = format.geometry(depth)
      let entryAddress = geometry.entryAddress(
        in: resolved.lookup.physical.rawValue, for: address, indexBits: geometry.indexBits)
      guard let next = readEntry(at: entryAddress, geometry: geometry, in: memory) else { return .unmapped }
      entry = next
    }
  }

  /// The entry, or nil if it cannot be read.
  @inlinable @inline(__always)
  func readEntry(
    at address: UInt64, geometry: LevelGeometry, in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> UInt64? {
    do throws(MemoryFault) {
      return try entry(
        at: PhysicalAddress(address), byteCount: 1 &<< Int(geometry.entrySizeBits), in: memory)
    } catch {
      return nil
    }
  }

  /// What the full rules say of an entry that the geometry does not know: an answer, or the next table as
  /// the answer's physical address.
  @usableFromInline @inline(never)
  func resolve(_ entry: UInt64, depth: Int, address: VirtualAddress) -> (lookup: Lookup, isTable: Bool) {
    let (_, rule) = format.rule(for: entry, depth: depth)
    var lookup = Lookup.stopped(at: entry, depth: depth)
    switch meaning(of: entry, rule: rule, address: address, depth: depth) {
    case .table(let next):
      lookup.physical = next
      return (lookup, true)
    case .leaf(let physical, let sizeBits):
      lookup.physical = physical
      lookup.pageSizeBits = sizeBits
      return (lookup, false)
    case .stopped:
      return (lookup, false)
    }
  }
}

extension LevelGeometry {
  /// Where the entry for `address` lies, `indexBits` of which choose it.
  @inlinable @inline(__always)
  func entryAddress(in table: UInt64, for address: VirtualAddress, indexBits: UInt8) -> UInt64 {
    let index = (address.rawValue &>> UInt64(shift)) & ((1 &<< UInt64(indexBits)) &- 1)
    return table &+ (index &<< UInt64(entrySizeBits))
  }

  /// The answer that the leaf `entry` gives for `address`.
  @inlinable @inline(__always)
  func lookup(_ entry: UInt64, depth: Int, address: VirtualAddress) -> Lookup {
    let offsetMask: UInt64 = (1 &<< UInt64(leafSizeBits)) &- 1
    return Lookup(
      physical: PhysicalAddress((leafAddress(entry) & ~offsetMask) | (address.rawValue & offsetMask)),
      entry: entry, pageSizeBits: leafSizeBits, depth: UInt8(truncatingIfNeeded: depth))
  }
}
