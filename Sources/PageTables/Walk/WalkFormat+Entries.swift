// What needs a format and memory alone. The walker's roots are no part of it: a call that took them along
// would keep their registers from the loop around a lookup.

extension WalkFormat {
  /// What `entry`, read by `rule` at `depth`, says about `address`.
  @usableFromInline
  func meaning(of entry: UInt64, rule: EntryRule, address: VirtualAddress, depth: Int) -> Step.Outcome {
    switch rule.kind {
    case .absent:
      return .stopped(.notPresent(notPresentState(of: entry, at: address, depth: depth)))
    case .invalid:
      return .stopped(.invalidEntry)
    case .table, .leaf:
      let excess = entry & rule.reserved
      guard excess == 0 else { return .stopped(.reservedBits(excess)) }
      let target = rule.address.address(from: entry).rawValue & ~memoryEncryptionMask
      guard rule.kind == .leaf else {
        // A table below the last level cannot be followed: such a format would be wrong, not the entry.
        guard depth &+ 1 < levelCount else { return .stopped(.invalidEntry) }
        return .table(PhysicalAddress(target))
      }
      let offsetMask: UInt64 = (1 &<< UInt64(rule.sizeBits)) &- 1
      return .leaf(
        PhysicalAddress((target & ~offsetMask) | (address.rawValue & offsetMask)), sizeBits: rule.sizeBits)
    }
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
      guard depth < levelCount else { return .unmapped }
      let geometry = self.geometry(depth)
      let entryAddress = geometry.entryAddress(
        in: resolved.lookup.physical.rawValue, for: address, indexBits: geometry.indexBits)
      guard let next = self.entry(at: entryAddress, geometry: geometry, in: memory) else { return .unmapped }
      entry = next
    }
  }

  /// The entry, or nil if it cannot be read.
  @inlinable @inline(__always)
  func entry(
    at address: UInt64, geometry: LevelGeometry, in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> UInt64? {
    memory.entry(
      at: PhysicalAddress(address), byteCount: 1 &<< Int(geometry.entrySizeBits), order: byteOrder)
  }

  /// What the full rules say of an entry that the geometry does not know: an answer, or the next table as
  /// the answer's physical address.
  @usableFromInline @inline(never)
  func resolve(_ entry: UInt64, depth: Int, address: VirtualAddress) -> (lookup: Lookup, isTable: Bool) {
    let (_, rule) = self.rule(for: entry, depth: depth)
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
