public import PageTables

extension PageTableEditor {
  /// Splits the pages that `address` lies inside of, until a page begins there or none is there.
  ///
  /// The smaller pages together map what the larger did, with its rights and with the attributes whose
  /// fields they have. For a moment nothing is mapped there (break before make).
  ///
  /// `address` is a multiple of the smallest page.
  public func split<Memory: WritableMemory & ~Copyable, Frames: FrameSource & ~Copyable>(
    at address: VirtualAddress, in memory: inout Memory, frames: inout Frames
  ) throws(EditError) {
    let pageSizeBits = format.paging.pageSizeBits
    guard address.rawValue & ((1 &<< UInt64(pageSizeBits)) &- 1) == 0 else {
      throw EditError(.misalignedAddress(sizeBits: pageSizeBits), address: address)
    }
    // Each turn makes the page smaller, so there are at most as many as sizes.
    for _ in 0...format.kinds.count {
      let (location, entry) = try descend(address, in: memory)
      switch format.meaning(of: entry, depth: location.depth) {
      case .absent, .table: return
      case .refused(let problem): throw refusal(problem, at: location, entry: entry, address: address)
      case .leaf(let place):
        let kind = format.kinds[place]
        let start = address.rawValue & ~((1 &<< UInt64(kind.sizeBits)) &- 1)
        if start == address.rawValue { return }
        try split(
          VirtualAddress(start), entry: entry, kind: kind, at: location, in: &memory, frames: &frames)
      }
    }
  }

  /// Replaces one leaf by the next smaller ones.
  private func split<Memory: WritableMemory & ~Copyable, Frames: FrameSource & ~Copyable>(
    _ start: VirtualAddress, entry: UInt64, kind: LeafKind, at location: EntryLocation,
    in memory: inout Memory, frames: inout Frames
  ) throws(EditError) {
    let isRepeated = kind.entryCount > 1
    let depth = isRepeated ? kind.depth : kind.depth + 1
    guard depth < format.levels.count, let slot = format.slot(ofSizeBits: format.levels[depth].shift) else {
      throw refusal(.notSplittable(sizeBits: kind.sizeBits), at: location, entry: entry, address: start)
    }
    let rule = format.paging.level(kind.depth).rules[kind.ruleIndex]
    let access = format.paging.narrowed(format.paging.access(of: entry, by: rule))
    let smaller = format.encoding(slot: slot, access: access)
    guard smaller.bits != 0, format.kinds[smaller.kind].depth == depth else {
      throw inexpressible(access, start, sizeBits: format.levels[depth].shift)
    }
    let new = format.kinds[smaller.kind]
    let template = format.template(for: smaller, from: entry, kind: kind, access: access)
    let target = kind.layout.address(from: entry).rawValue & kind.addressMask
    let first = EntryLocation(
      depth: location.depth, table: location.table.rawValue,
      index: location.index & ~(UInt64(kind.entryCount) - 1), entryCount: location.entryCount,
      entrySizeBits: format.levels[location.depth].entrySizeBits)
    var table = first
    if isRepeated {
      for number in 0..<UInt64(kind.entryCount) {
        try store(0, at: advanced(first, by: number), address: start, in: &memory)
        try clearSoftware(at: advanced(first, by: number), address: start, in: &memory)
      }
    } else {
      try store(0, at: first, address: start, in: &memory)
      do throws(EditError) {
        let address = try makeTable(at: first, entry: 0, address: start, in: &memory, frames: &frames)
        table = next(first, table: address, address: start)
      } catch {
        try store(entry, at: first, address: start, in: &memory)
        throw error
      }
    }
    for number in 0..<(UInt64(1) << UInt64(kind.sizeBits - new.sizeBits)) {
      let offset = number << UInt64(new.sizeBits)
      try install(
        template.encodings.element(at: slot, filler: .none).bits, kind: new, target: target + offset,
        template: template, at: advanced(table, by: number), address: VirtualAddress(start.rawValue + offset),
        in: &memory)
    }
  }
}

extension EditingFormat {
  /// The template of a smaller leaf that says what `entry` says: the fields of the same names are carried
  /// over, wherever they lie.
  fileprivate func template(
    for smaller: LeafEncoding, from entry: UInt64, kind: LeafKind, access: Access
  ) -> LeafTemplate {
    let new = kinds[smaller.kind]
    var encoding = smaller
    let oldFields = paging.fields(of: paging.level(kind.depth).rules[kind.ruleIndex]).fields
    let newFields = paging.fields(of: paging.level(new.depth).rules[new.ruleIndex]).fields
    for oldIndex in 0..<oldFields.count where oldFields[oldIndex].mask & ~kind.freeMask == 0 {
      let field = oldFields[oldIndex]
      for newIndex in 0..<newFields.count where newFields[newIndex].mask & ~new.freeMask == 0 {
        let place = newFields[newIndex]
        if place.name.description == field.name.description, place.bitCount >= field.bitCount {
          encoding.bits |= field.value(in: entry) << UInt64(place.lowBit)
        }
      }
    }
    var template = LeafTemplate(access: access)
    if let software = software[new.depth], let bits = software.encodings[Int(access.rawValue & 63)] {
      // A leaf without bits of its own for them counts as accessed, and as dirty where writable.
      let isDirty = kind.dirtyMask == 0 ? access.intersects(.write) : entry & kind.dirtyMask != 0
      template.softwareBits = bits | software.masks.accessed | (isDirty ? software.masks.dirty : 0)
    }
    if let slot = slot(ofSizeBits: new.sizeBits) {
      template.encodings.replaceElement(at: slot, with: encoding)
    }
    return template
  }
}
