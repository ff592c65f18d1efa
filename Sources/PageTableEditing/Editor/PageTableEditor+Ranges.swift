public import PageTables

extension PageTableEditor {
  /// The last address of a range, which must be whole pages, not wrap, and be canonical throughout.
  @usableFromInline
  func end(of address: VirtualAddress, byteCount: UInt64) throws(EditError) -> VirtualAddress {
    let pageMask: UInt64 = (1 &<< UInt64(format.paging.pageSizeBits)) &- 1
    guard byteCount > 0, byteCount & pageMask == 0 else {
      throw EditError(.misalignedLength(byteCount), address: address)
    }
    guard address.rawValue & pageMask == 0 else {
      throw EditError(.misalignedAddress(sizeBits: format.paging.pageSizeBits), address: address)
    }
    let (last, overflows) = address.rawValue.addingReportingOverflow(byteCount &- 1)
    guard !overflows else { throw EditError(.nonCanonical, address: address) }
    // Regions may follow each other without a gap (a split of the space between two roots).
    var checked = address
    while let region = format.region(of: checked) {
      if region.last.rawValue >= last { return VirtualAddress(last) }
      checked = VirtualAddress(region.last.rawValue &+ 1)
    }
    throw EditError(.nonCanonical, address: checked)
  }

  /// Walks down to the first entry for `address` that names no table: a leaf, or an absent entry.
  @inlinable
  func descend<Memory: WritableMemory & ~Copyable>(
    _ address: VirtualAddress, in memory: borrowing Memory
  ) throws(EditError) -> (location: EntryLocation, entry: UInt64) {
    guard var walk = begin(address, depth: format.levels.count &- 1) else {
      throw unreachable(address, sizeBits: format.paging.pageSizeBits)
    }
    while true {
      let entry = try load(walk, address: address, in: memory)
      let level = format.levels[walk.depth]
      if entry == 0 || walk.depth &+ 1 >= format.levels.count { return (walk, entry) }
      if level.isTable(entry) {
        walk = next(walk, table: level.tableAddress(entry), address: address)
      } else if let table = format.tableAddress(entry, depth: walk.depth) {
        walk = next(walk, table: table, address: address)
      } else {
        return (walk, entry)
      }
    }
  }

  /// The largest page of the template that starts at `address` and `target` and is no larger than
  /// `byteCount`; the smallest page if none fits.
  @usableFromInline
  func largestLeaf(
    at address: VirtualAddress, target: PhysicalAddress, byteCount: UInt64, largest: UInt8,
    template: LeafTemplate
  ) -> UInt8 {
    let firstDepth = format.region(of: address).map { Int($0.firstDepth) } ?? 0
    var slot = format.leafSizes.count &- 1
    while slot >= 0 {
      let sizeBits = format.leafSizes[slot]
      let encoding = template.encodings.element(at: slot, filler: .none)
      let offsetMask: UInt64 = (1 &<< UInt64(sizeBits)) &- 1
      if encoding.bits != 0, sizeBits <= largest, byteCount &- 1 >= offsetMask,
        (address.rawValue | target.rawValue) & offsetMask == 0,
        format.kinds[encoding.kind].depth >= firstDepth,
        target.rawValue & ~format.kinds[encoding.kind].addressMask == 0
      {
        return sizeBits
      }
      slot &-= 1
    }
    return format.paging.pageSizeBits
  }

  /// The offset mask of the next larger page of the template, or all ones if there is none.
  @usableFromInline
  func largerOffsetMask(than sizeBits: UInt8, largest: UInt8, template: LeafTemplate) -> UInt64 {
    for (slot, size) in format.leafSizes.enumerated() where size > sizeBits && size <= largest {
      if template.encodings.element(at: slot, filler: .none).bits != 0 {
        return (1 &<< UInt64(size)) &- 1
      }
    }
    return .max
  }
}
