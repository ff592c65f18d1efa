public import PageTables

extension PageTableEditor {
  /// Maps one page of 2^`sizeBits` bytes.
  ///
  /// An absent entry is overwritten, whatever Linux meant by it (a swap entry becomes a page).
  ///
  /// - Complexity: one entry is read a level, one written; a missing table costs its filling with zeros.
  @inlinable
  public func map<Memory: WritableMemory & ~Copyable, Frames: FrameSource & ~Copyable>(
    _ address: VirtualAddress, to target: PhysicalAddress, sizeBits: UInt8, as template: LeafTemplate,
    in memory: inout Memory, frames: inout Frames
  ) throws(EditError) {
    let encoding = try encoding(of: template, sizeBits: sizeBits, address: address)
    let kind = format.kinds[encoding.kind]
    let offsetMask: UInt64 = (1 &<< UInt64(sizeBits)) &- 1
    guard address.rawValue & offsetMask == 0, target.rawValue & ~kind.addressMask == 0 else {
      throw misfit(address, target, kind: kind)
    }
    let location = try locateMaking(
      address, depth: kind.depth, sizeBits: sizeBits, in: &memory, frames: &frames)
    try install(
      encoding.bits, kind: kind, target: target.rawValue, template: template, at: location,
      address: address, in: &memory)
  }

  /// Maps one page of 2^`sizeBits` bytes, accessed, and dirty if writable.
  ///
  /// For many pages make a ``LeafTemplate`` once.
  public func map<Memory: WritableMemory & ~Copyable, Frames: FrameSource & ~Copyable>(
    _ address: VirtualAddress, to target: PhysicalAddress, sizeBits: UInt8, access: Access,
    attributes: EntryAttributes = .standard, in memory: inout Memory, frames: inout Frames
  ) throws(EditError) {
    let template = try format.template(access, attributes)
    try map(address, to: target, sizeBits: sizeBits, as: template, in: &memory, frames: &frames)
  }

  /// Maps `byteCount` bytes with the largest pages that fit, up to 2^`largestSizeBits` bytes.
  ///
  /// `byteCount` is a positive multiple of the smallest page.
  ///
  /// - Complexity: one walk for each table of leaves.
  @inlinable
  public func mapRange<Memory: WritableMemory & ~Copyable, Frames: FrameSource & ~Copyable>(
    _ address: VirtualAddress, to target: PhysicalAddress, byteCount: UInt64, largestSizeBits: UInt8 = 63,
    as template: LeafTemplate, in memory: inout Memory, frames: inout Frames
  ) throws(EditError) {
    let end = try self.end(of: address, byteCount: byteCount)
    var address = address
    var target = target
    while true {
      let remaining = end.rawValue &- address.rawValue
      let sizeBits = largestLeaf(
        at: address, target: target, byteCount: remaining &+ 1, largest: largestSizeBits, template: template)
      let encoding = try encoding(of: template, sizeBits: sizeBits, address: address)
      let kind = format.kinds[encoding.kind]
      let size: UInt64 = 1 &<< UInt64(sizeBits)
      guard address.rawValue & (size &- 1) == 0, target.rawValue & ~kind.addressMask == 0
      else { throw misfit(address, target, kind: kind) }
      let larger = largerOffsetMask(than: sizeBits, largest: largestSizeBits, template: template)
      var location = try locateMaking(
        address, depth: kind.depth, sizeBits: sizeBits, in: &memory, frames: &frames)
      // As many pages of this size as this table holds, before anything larger fits.
      while true {
        try install(
          encoding.bits, kind: kind, target: target.rawValue, template: template, at: location,
          address: address, in: &memory)
        if end.rawValue &- address.rawValue < size { return }
        address = VirtualAddress(address.rawValue &+ size)
        target = target.advanced(byBytes: size)
        let count = UInt64(truncatingIfNeeded: kind.entryCount)
        guard location.index &+ count < location.entryCount, target.rawValue & ~kind.addressMask == 0,
          end.rawValue &- address.rawValue >= size &- 1,
          (address.rawValue | target.rawValue) & larger != 0
        else { break }
        location = advanced(location, by: count)
      }
    }
  }

  /// Writes a leaf to its entry, or entries, all of which must be absent.
  @inlinable @inline(__always)
  func install<Memory: WritableMemory & ~Copyable>(
    _ bits: UInt64, kind: LeafKind, target: UInt64, template: LeafTemplate, at location: EntryLocation,
    address: VirtualAddress, in memory: inout Memory
  ) throws(EditError) {
    let entry = bits | kind.addressBits(target)
    if kind.entryCount == 1, !kind.hasSoftwareEntry {
      let known = try load(location, address: address, in: memory)
      if known != 0 { try checkAbsent(known, at: location, address: address) }
      try store(entry, at: location, address: address, in: &memory)
    } else {
      try installSeveral(
        entry, kind: kind, target: target, template: template, at: location, address: address, in: &memory)
    }
  }

  /// The general case of ``install``: repeated entries, Linux's own entries.
  @inlinable @inline(never)
  func installSeveral<Memory: WritableMemory & ~Copyable>(
    _ entry: UInt64, kind: LeafKind, target: UInt64, template: LeafTemplate, at location: EntryLocation,
    address: VirtualAddress, in memory: inout Memory
  ) throws(EditError) {
    for number in 0..<UInt64(truncatingIfNeeded: kind.entryCount) {
      let place = advanced(location, by: number)
      let known = try load(place, address: address, in: memory)
      if known != 0 { try checkAbsent(known, at: place, address: address) }
      if kind.hasSoftwareEntry { try checkSoftwareAbsent(at: place, address: address, in: memory) }
    }
    for number in 0..<UInt64(truncatingIfNeeded: kind.entryCount) {
      let place = advanced(location, by: number)
      if kind.hasSoftwareEntry {
        try storeSoftware(
          template.softwareBits, target: target &+ number &<< UInt64(kind.shift), at: place, address: address,
          in: &memory)
      }
      try store(template.isOld ? 0 : entry, at: place, address: address, in: &memory)
    }
  }

  @usableFromInline @inline(never)
  func checkAbsent(_ entry: UInt64, at location: EntryLocation, address: VirtualAddress) throws(EditError) {
    switch format.meaning(of: entry, depth: location.depth) {
    case .absent: return
    case .table: throw refusal(.tableInTheWay, at: location, entry: entry, address: address)
    case .leaf: throw refusal(.alreadyMapped, at: location, entry: entry, address: address)
    case .refused(let problem): throw refusal(problem, at: location, entry: entry, address: address)
    }
  }

  @inlinable @inline(__always)
  func encoding(
    of template: LeafTemplate, sizeBits: UInt8, address: VirtualAddress
  ) throws(EditError) -> LeafEncoding {
    guard let slot = format.slot(ofSizeBits: sizeBits) else { throw noLeaf(address, sizeBits: sizeBits) }
    let encoding = template.encodings.element(at: slot, filler: .none)
    guard encoding.bits != 0 else { throw inexpressible(template.access, address, sizeBits: sizeBits) }
    return encoding
  }

  @usableFromInline @inline(never)
  func inexpressible(_ access: Access, _ address: VirtualAddress, sizeBits: UInt8) -> EditError {
    EditError(
      .accessNotExpressible(
        access, sizeBits: sizeBits,
        nearest: format.nearestAccess(to: access, sizeBits: sizeBits) ?? .none),
      address: address)
  }

  @usableFromInline @inline(never)
  func noLeaf(_ address: VirtualAddress, sizeBits: UInt8) -> EditError {
    let first = format.region(of: address).map { Int($0.firstDepth) } ?? 0
    var available: UInt64 = 0
    for kind in format.kinds where kind.depth >= first { available |= 1 << UInt64(kind.sizeBits) }
    return EditError(.noSuchLeafSize(sizeBits: sizeBits, available: available), address: address)
  }

  @usableFromInline @inline(never)
  func misfit(_ address: VirtualAddress, _ target: PhysicalAddress, kind: LeafKind) -> EditError {
    let offsetMask: UInt64 = (1 &<< UInt64(kind.sizeBits)) &- 1
    if address.rawValue & offsetMask != 0 {
      return EditError(.misalignedAddress(sizeBits: kind.sizeBits), address: address)
    }
    if target.rawValue & offsetMask != 0 {
      return EditError(.misalignedTarget(target, sizeBits: kind.sizeBits), address: address)
    }
    return EditError(.targetTooLarge(target, excess: target.rawValue & ~kind.addressMask), address: address)
  }
}
