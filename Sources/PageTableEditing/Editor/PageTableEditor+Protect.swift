public import PageTables

extension PageTableEditor {
  /// Gives every page of a range these rights and changes nothing else: not the address, not accessed and
  /// dirty, not the memory type. Holes and entries that are not present are passed over.
  ///
  /// A page that lies only partly in the range is refused: split it first (``split(at:in:frames:)``).
  ///
  /// - Returns: how many leaves there were.
  /// - Complexity: one walk for each table, one load and store for each entry.
  @inlinable
  @discardableResult
  public func protect<Memory: WritableMemory & ~Copyable>(
    _ address: VirtualAddress, byteCount: UInt64, access: Access, in memory: inout Memory
  ) throws(EditError) -> Int {
    let end = try self.end(of: address, byteCount: byteCount)
    var address = address
    var leafCount = 0
    while true {
      var (location, entry) = try descend(address, in: memory)
      let level = format.levels[location.depth]
      let span: UInt64 = 1 &<< UInt64(level.shift)
      let hasSoftware = format.hasSoftwareEntries(depth: location.depth)
      // Entries that agree in the bits of their class are of one kind, so most need no second look.
      let classMask = format.classMasks[location.depth]
      var plainClass: UInt64?
      var plain = (mask: 0 as UInt64, bits: 0 as UInt64)
      while true {
        var count: UInt64 = 1
        if entry & classMask != plainClass, entry != 0,
          let rights = plainRights(of: entry, depth: location.depth, access: access)
        {
          plainClass = entry & classMask
          plain = rights
        }
        if entry & classMask == plainClass, address.rawValue & (span &- 1) == 0,
          end.rawValue &- address.rawValue >= span &- 1
        {
          try store((entry & ~plain.mask) | plain.bits, at: location, address: address, in: &memory)
          leafCount &+= 1
        } else if entry != 0 || hasSoftware {
          let leaf = try leaf(entry, at: location, address: address, end: end, in: memory)
          if leaf.isTable { break }
          count = leaf.entryCount
          if leaf.kind >= 0 {
            try setRights(access, of: leaf, at: location, address: address, in: &memory)
            leafCount &+= 1
          }
        }
        guard advance(&address, by: count, span: span, end: end) else { return leafCount }
        guard location.index &+ count < location.entryCount else { break }
        location = advanced(location, by: count)
        entry = try load(location, address: address, in: memory)
        if level.isTable(entry) { break }
      }
    }
  }

  /// For a plain leaf that can express the rights without becoming another kind: the bits to change.
  @usableFromInline @inline(never)
  func plainRights(of entry: UInt64, depth: Int, access: Access) -> (mask: UInt64, bits: UInt64)? {
    let place = format.plainLeaf(entry, depth: depth)
    guard place >= 0, let slot = format.slot(ofSizeBits: format.kinds[place].sizeBits) else { return nil }
    let encoding = format.encoding(slot: slot, access: access)
    guard encoding.bits != 0, encoding.kind == place else { return nil }
    let mask = format.kinds[place].accessMask
    return (mask, encoding.bits & mask)
  }

  /// What is at an entry, as an edit of a range must know it.
  @usableFromInline
  struct Found {
    @usableFromInline var entry: UInt64
    @usableFromInline var isTable = false
    /// -1 for no leaf.
    @usableFromInline var kind = -1
    @usableFromInline var entryCount: UInt64 = 1
  }

  /// Classifies an entry; a leaf must lie wholly between `address` and `end`.
  @usableFromInline @inline(never)
  func leaf<Memory: WritableMemory & ~Copyable>(
    _ entry: UInt64, at location: EntryLocation, address: VirtualAddress, end: VirtualAddress,
    in memory: borrowing Memory
  ) throws(EditError) -> Found {
    var found = Found(entry: entry)
    switch format.meaning(of: entry, depth: location.depth) {
    case .table: found.isTable = true
    case .absent:
      // Linux's own entry may say that the page is there.
      guard let kind = try softwareLeaf(at: location, address: address, in: memory) else { return found }
      found.kind = kind
    case .leaf(let kind):
      found.kind = kind
      found.entryCount = UInt64(format.kinds[kind].entryCount)
      let offsetMask: UInt64 = (1 &<< UInt64(format.kinds[kind].sizeBits)) &- 1
      guard address.rawValue & offsetMask == 0, end.rawValue &- address.rawValue >= offsetMask else {
        throw partOfLeaf(address, sizeBits: format.kinds[kind].sizeBits, at: location, entry: entry)
      }
    case .refused(let problem): throw refusal(problem, at: location, entry: entry, address: address)
    }
    return found
  }

  /// Changes the rights of one leaf of any kind.
  @usableFromInline @inline(never)
  func setRights<Memory: WritableMemory & ~Copyable>(
    _ access: Access, of leaf: Found, at location: EntryLocation, address: VirtualAddress,
    in memory: inout Memory
  ) throws(EditError) {
    let kind = format.kinds[leaf.kind]
    if kind.hasSoftwareEntry {
      for number in 0..<leaf.entryCount {
        try setSoftware(access: access, at: advanced(location, by: number), address: address, in: &memory)
      }
      return
    }
    guard let slot = format.slot(ofSizeBits: kind.sizeBits) else { return }
    let encoding = format.encoding(slot: slot, access: access)
    guard encoding.bits != 0 else { throw inexpressible(access, address, sizeBits: kind.sizeBits) }
    for number in 0..<leaf.entryCount {
      let place = advanced(location, by: number)
      let entry = try load(place, address: address, in: memory)
      try store(
        format.rewrite(entry, from: kind, to: encoding), at: place, address: address, in: &memory)
    }
  }
}

extension EditingFormat {
  /// The entry with the encoding's rule and rights, everything else kept.
  func rewrite(_ entry: UInt64, from kind: LeafKind, to encoding: LeafEncoding) -> UInt64 {
    let new = kinds[encoding.kind]
    guard encoding.kind != kindIndex(of: kind) else {
      return (entry & ~kind.accessMask) | (encoding.bits & kind.accessMask)
    }
    // Another rule of the same size: the address moves to its place, the rest stays where it is free.
    let target = kind.layout.address(from: entry).rawValue & kind.addressMask
    return (entry & new.freeMask & kind.freeMask) | encoding.bits | new.addressBits(target)
  }

  private func kindIndex(of kind: LeafKind) -> Int {
    self.kind(depth: kind.depth, ruleIndex: kind.ruleIndex) ?? -1
  }
}
