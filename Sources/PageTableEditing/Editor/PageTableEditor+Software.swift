public import PageTables

// Linux's own entries beside the hardware's (ARM short descriptors). They hold what the hardware cannot
// say; the hardware's entry follows from them: empty unless the page is present, accessed and may be used
// at all, and read-only while the page is clean.

extension EditingFormat {
  @inlinable @inline(__always)
  func hasSoftwareEntries(depth: Int) -> Bool { hasSoftware[depth] }
}

extension PageTableEditor {
  @inlinable @inline(__always)
  func softwareAddress(_ location: EntryLocation, _ kind: SoftwareKind) -> PhysicalAddress {
    PhysicalAddress(location.address.rawValue &+ UInt64(bitPattern: Int64(kind.offsetBytes)))
  }

  @inlinable
  func loadSoftware<Memory: WritableMemory & ~Copyable>(
    _ kind: SoftwareKind, at location: EntryLocation, address: VirtualAddress, in memory: borrowing Memory
  ) throws(EditError) -> UInt64 {
    let place = softwareAddress(location, kind)
    do throws(MemoryFault) {
      return try memory.load(
        byteCount: 1 << Int(format.levels[location.depth].entrySizeBits), order: format.byteOrder, at: place)
    } catch {
      throw refusal(.memory(place, error), at: location, entry: 0, address: address)
    }
  }

  @inlinable
  func storeSoftware<Memory: WritableMemory & ~Copyable>(
    raw: UInt64, _ kind: SoftwareKind, at location: EntryLocation, address: VirtualAddress,
    in memory: inout Memory
  ) throws(EditError) {
    let place = softwareAddress(location, kind)
    do throws(MemoryFault) {
      try memory.store(
        entry: raw, byteCount: 1 << Int(format.levels[location.depth].entrySizeBits),
        order: format.byteOrder, at: place)
    } catch {
      throw refusal(.memory(place, error), at: location, entry: 0, address: address)
    }
  }

  /// Writes Linux's entry for a page.
  @inlinable
  func storeSoftware<Memory: WritableMemory & ~Copyable>(
    _ bits: UInt64, target: UInt64, at location: EntryLocation, address: VirtualAddress,
    in memory: inout Memory
  ) throws(EditError) {
    guard let kind = format.software[location.depth] else { return }
    let raw = bits | kind.layout.entryBits(of: PhysicalAddress(target))
    try storeSoftware(raw: raw, kind, at: location, address: address, in: &memory)
  }

  @inlinable
  func clearSoftware<Memory: WritableMemory & ~Copyable>(
    at location: EntryLocation, address: VirtualAddress, in memory: inout Memory
  ) throws(EditError) {
    guard let kind = format.software[location.depth] else { return }
    try storeSoftware(raw: 0, kind, at: location, address: address, in: &memory)
  }

  @inlinable
  func softwareIsEmpty<Memory: WritableMemory & ~Copyable>(
    at location: EntryLocation, address: VirtualAddress, in memory: borrowing Memory
  ) throws(EditError) -> Bool {
    guard let kind = format.software[location.depth] else { return true }
    return try loadSoftware(kind, at: location, address: address, in: memory) == 0
  }

  @inlinable
  func checkSoftwareAbsent<Memory: WritableMemory & ~Copyable>(
    at location: EntryLocation, address: VirtualAddress, in memory: borrowing Memory
  ) throws(EditError) {
    guard let kind = format.software[location.depth] else { return }
    let raw = try loadSoftware(kind, at: location, address: address, in: memory)
    if kind.isPresent(raw) { throw refusal(.alreadyMapped, at: location, entry: raw, address: address) }
  }

  /// The kind of leaf that Linux's entry stands for where the hardware's is empty, or nil.
  func softwareLeaf<Memory: WritableMemory & ~Copyable>(
    at location: EntryLocation, address: VirtualAddress, in memory: borrowing Memory
  ) throws(EditError) -> Int? {
    guard let software = format.software[location.depth] else { return nil }
    let raw = try loadSoftware(software, at: location, address: address, in: memory)
    guard software.isPresent(raw) else { return nil }
    return software.kind < 0 ? nil : software.kind
  }

  /// Gives Linux's entry these rights, and lets the hardware's follow.
  func setSoftware<Memory: WritableMemory & ~Copyable>(
    access: Access, at location: EntryLocation, address: VirtualAddress, in memory: inout Memory
  ) throws(EditError) {
    guard let software = format.software[location.depth] else { return }
    guard let bits = software.encodings[Int(access.rawValue & 63)] else {
      throw inexpressible(access, address, sizeBits: software.present.sizeBits)
    }
    let raw = try loadSoftware(software, at: location, address: address, in: memory)
    guard software.isPresent(raw) else { return }
    let mask = software.masks.access
    try synchronise((raw & ~mask) | (bits & mask), at: location, address: address, in: &memory)
  }

  /// Writes Linux's entry of a present page, and the hardware's that follows from it.
  func synchronise<Memory: WritableMemory & ~Copyable>(
    _ raw: UInt64, at location: EntryLocation, address: VirtualAddress, in memory: inout Memory
  ) throws(EditError) {
    guard let software = format.software[location.depth] else { return }
    let old = try load(location, address: address, in: memory)
    var new: UInt64 = 0
    var access = software.access(of: raw)
    if software.isAccessed(raw), !access.isEmpty {
      if !software.isDirty(raw) { access = access.subtracting(.write) }
      if case .leaf(let place) = format.meaning(of: old, depth: location.depth) {
        // Kept: the memory type and all else that is the hardware's alone.
        let kind = format.kinds[place]
        let encoding = try encoding(of: access, sizeBits: kind.sizeBits, address: address)
        new = format.rewrite(old, from: kind, to: encoding)
      } else {
        let encoding = try encoding(of: access, sizeBits: software.present.sizeBits, address: address)
        let kind = format.kinds[encoding.kind]
        let target = software.present.address.address(from: raw).rawValue & kind.addressMask
        new = encoding.bits | kind.accessedMask | kind.addressBits(target)
      }
    }
    try storeSoftware(raw: raw, software, at: location, address: address, in: &memory)
    try store(new, at: location, address: address, in: &memory)
  }

  func encoding(
    of access: Access, sizeBits: UInt8, address: VirtualAddress
  ) throws(EditError) -> LeafEncoding {
    guard let slot = format.slot(ofSizeBits: sizeBits) else { throw noLeaf(address, sizeBits: sizeBits) }
    let encoding = format.encoding(slot: slot, access: access)
    guard encoding.bits != 0 else { throw inexpressible(access, address, sizeBits: sizeBits) }
    return encoding
  }
}
