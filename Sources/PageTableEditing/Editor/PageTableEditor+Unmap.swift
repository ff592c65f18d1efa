public import PageTables

extension PageTableEditor {
  /// Empties every entry of a range: pages, swap entries and all else. Tables stay
  /// (see ``freeEmptyTables(_:byteCount:in:frames:)``), and holes are no error.
  ///
  /// A page that lies only partly in the range is refused with
  /// ``EditError/Problem/partOfLeaf(_:sizeBits:)``: split it first (``split(at:in:frames:)``).
  ///
  /// `byteCount` is a positive multiple of the smallest page.
  ///
  /// - Complexity: one walk for each table, one load and store for each entry.
  @inlinable
  public func unmap<Memory: WritableMemory & ~Copyable>(
    _ address: VirtualAddress, byteCount: UInt64, in memory: inout Memory
  ) throws(EditError) {
    let end = try self.end(of: address, byteCount: byteCount)
    var address = address
    while true {
      var (location, entry) = try descend(address, in: memory)
      let level = format.levels[location.depth]
      let span: UInt64 = 1 &<< UInt64(level.shift)
      let hasSoftware = format.hasSoftwareEntries(depth: location.depth)
      // Entries that agree in the bits of their class are of one kind, so most need no second look.
      let classMask = format.classMasks[location.depth]
      var plainClass: UInt64?
      while true {
        var count: UInt64 = 1
        if entry & classMask != plainClass, entry != 0,
          format.plainLeaf(entry, depth: location.depth) >= 0
        {
          plainClass = entry & classMask
        }
        if entry & classMask == plainClass, address.rawValue & (span &- 1) == 0,
          end.rawValue &- address.rawValue >= span &- 1
        {
          try store(0, at: location, address: address, in: &memory)
        } else if entry != 0 || hasSoftware {
          count = try clear(entry, at: location, address: address, end: end, in: &memory)
          // A table: from the root again.
          if count == 0 { break }
        }
        guard advance(&address, by: count, span: span, end: end) else { return }
        guard location.index &+ count < location.entryCount else { break }
        location = advanced(location, by: count)
        entry = try load(location, address: address, in: memory)
        if level.isTable(entry) { break }
      }
    }
  }

  /// Moves `address` to the start of the entry `count` further; false if that is beyond the range.
  @inlinable @inline(__always)
  func advance(_ address: inout VirtualAddress, by count: UInt64, span: UInt64, end: VirtualAddress) -> Bool {
    let start = address.rawValue & ~(span &- 1)
    // The last byte of what was done: it cannot wrap, the first byte of the next could.
    let last = start &+ (span &* count &- 1)
    guard last < end.rawValue else { return false }
    address = VirtualAddress(last &+ 1)
    return true
  }

  /// Empties one entry of any kind, and gives how many entries that were; 0 for a table.
  @usableFromInline @inline(never)
  func clear<Memory: WritableMemory & ~Copyable>(
    _ entry: UInt64, at location: EntryLocation, address: VirtualAddress, end: VirtualAddress,
    in memory: inout Memory
  ) throws(EditError) -> UInt64 {
    var sizeBits = format.levels[location.depth].shift
    var count: UInt64 = 1
    switch format.meaning(of: entry, depth: location.depth) {
    case .table: return 0
    case .absent: break
    case .leaf(let kind):
      sizeBits = format.kinds[kind].sizeBits
      count = UInt64(format.kinds[kind].entryCount)
    case .refused(let problem): throw refusal(problem, at: location, entry: entry, address: address)
    }
    let softwareIsEmpty = try softwareIsEmpty(at: location, address: address, in: memory)
    if entry == 0, softwareIsEmpty { return 1 }
    let offsetMask: UInt64 = (1 &<< UInt64(sizeBits)) &- 1
    guard address.rawValue & offsetMask == 0, end.rawValue &- address.rawValue >= offsetMask else {
      throw partOfLeaf(address, sizeBits: sizeBits, at: location, entry: entry)
    }
    for number in 0..<count {
      let place = advanced(location, by: number)
      try store(0, at: place, address: address, in: &memory)
      try clearSoftware(at: place, address: address, in: &memory)
    }
    return count
  }

  @usableFromInline @inline(never)
  func partOfLeaf(
    _ address: VirtualAddress, sizeBits: UInt8, at location: EntryLocation, entry: UInt64
  ) -> EditError {
    let start = VirtualAddress(address.rawValue & ~((1 &<< UInt64(sizeBits)) &- 1))
    return refusal(.partOfLeaf(start, sizeBits: sizeBits), at: location, entry: entry, address: address)
  }
}
