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
    guard let entry = format.entry(at: entryAddress, geometry: geometry, in: memory) else { return .unmapped }
    if geometry.isTable(entry) {
      table = geometry.tableAddress(entry)
      return nil
    }
    if geometry.isLeaf(entry) { return geometry.lookup(entry, depth: depth, address: address) }
    if geometry.isAbsent(entry) { return .stopped(at: entry, depth: depth) }
    return format.finish(entry, depth: depth, address: address, in: memory)
  }
}

extension LevelGeometry {
  /// Where the entry for `address` lies, `indexBits` of which choose it.
  @inlinable @inline(__always)
  func entryAddress(in table: UInt64, for address: VirtualAddress, indexBits: UInt8) -> UInt64 {
    // One shift for the index and the size: tables translate at least an entry's bytes.
    let mask: UInt64 = ((1 &<< UInt64(indexBits)) &- 1) &<< UInt64(entrySizeBits)
    return table &+ ((address.rawValue &>> UInt64(shift &- entrySizeBits)) & mask)
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
