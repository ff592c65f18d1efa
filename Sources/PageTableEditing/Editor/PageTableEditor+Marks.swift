public import PageTables

extension PageTableEditor {
  /// Sets or clears "accessed" and "dirty" of the page at `address`; nil leaves them.
  ///
  /// Where Linux keeps entries of its own, this is done there, and the hardware's entry follows: an old
  /// page's is empty, a clean page's is read-only. A hardware entry that was empty comes back without a
  /// memory type of its own.
  ///
  /// - Throws: ``EditError/Problem/notMapped`` if there is no page.
  public func mark<Memory: WritableMemory & ~Copyable>(
    _ address: VirtualAddress, accessed: Bool? = nil, dirty: Bool? = nil, in memory: inout Memory
  ) throws(EditError) {
    let (location, entry) = try descend(address, in: memory)
    if let software = format.software[location.depth] {
      var raw = try loadSoftware(software, at: location, address: address, in: memory)
      guard software.isPresent(raw) else {
        throw refusal(.notMapped, at: location, entry: raw, address: address)
      }
      Self.set(accessed, software.masks.accessed, in: &raw)
      Self.set(dirty, software.masks.dirty, in: &raw)
      try synchronise(raw, at: location, address: address, in: &memory)
      return
    }
    guard case .leaf(let place) = format.meaning(of: entry, depth: location.depth) else {
      throw refusal(.notMapped, at: location, entry: entry, address: address)
    }
    let kind = format.kinds[place]
    let first = location.index & ~(UInt64(kind.entryCount) &- 1)
    for index in first..<(first &+ UInt64(kind.entryCount)) {
      let member = EntryLocation(
        depth: location.depth, table: location.table.rawValue, index: index,
        entryCount: location.entryCount, entrySizeBits: format.levels[location.depth].entrySizeBits)
      var entry = try load(member, address: address, in: memory)
      Self.set(accessed, kind.accessedMask, in: &entry)
      Self.set(dirty, kind.dirtyMask, in: &entry)
      try store(entry, at: member, address: address, in: &memory)
    }
  }

  private static func set(_ value: Bool?, _ mask: UInt64, in entry: inout UInt64) {
    guard let value else { return }
    entry = value ? entry | mask : entry & ~mask
  }

  /// Writes an entry that the hardware calls absent and Linux does not: swap, PROT_NONE, migration, a
  /// marker. A page that was there is replaced.
  ///
  /// `sizeBits` says which level's entry: one entry of it spans 2^`sizeBits` bytes. The smallest page if nil.
  ///
  /// - Throws: ``EditError/Problem/stateNotExpressible(_:)`` if the era cannot write the state, or if the
  ///   hardware would take the entry for something present.
  public func setNotPresent<Memory: WritableMemory & ~Copyable, Frames: FrameSource & ~Copyable>(
    _ state: NotPresentState, at address: VirtualAddress, sizeBits: UInt8? = nil, in memory: inout Memory,
    frames: inout Frames
  ) throws(EditError) {
    let sizeBits = sizeBits ?? format.paging.pageSizeBits
    guard let depth = format.levels.firstIndex(where: { $0.shift == sizeBits }) else {
      throw noLeaf(address, sizeBits: sizeBits)
    }
    guard address.rawValue & ((1 &<< UInt64(sizeBits)) &- 1) == 0 else {
      throw EditError(.misalignedAddress(sizeBits: sizeBits), address: address)
    }
    guard let raw = format.paging.notPresent.entry(for: state),
      format.levels[depth].entrySizeBits >= 3 || raw <= UInt64(UInt32.max)
    else { throw EditError(.stateNotExpressible(state), address: address) }
    if let software = format.software[depth] {
      guard !software.isPresent(raw) else { throw EditError(.stateNotExpressible(state), address: address) }
    } else {
      guard case .absent = format.meaning(of: raw, depth: depth) else {
        throw EditError(.stateNotExpressible(state), address: address)
      }
    }
    let location = try locateMaking(address, depth: depth, sizeBits: sizeBits, in: &memory, frames: &frames)
    let old = try load(location, address: address, in: memory)
    switch format.meaning(of: old, depth: depth) {
    case .absent: break
    case .table: throw refusal(.tableInTheWay, at: location, entry: old, address: address)
    case .leaf(let kind):
      guard format.kinds[kind].entryCount == 1 else {
        throw partOfLeaf(address, sizeBits: format.kinds[kind].sizeBits, at: location, entry: old)
      }
    case .refused(let problem): throw refusal(problem, at: location, entry: old, address: address)
    }
    guard let software = format.software[depth] else {
      return try store(raw, at: location, address: address, in: &memory)
    }
    try storeSoftware(raw: raw, software, at: location, address: address, in: &memory)
    try store(0, at: location, address: address, in: &memory)
  }
}
