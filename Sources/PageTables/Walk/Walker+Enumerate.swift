extension Walker {
  /// How many tables an enumeration reads before it gives up: 16 GiB of 4 KiB tables. Tables that share
  /// tables can describe far more address space than there is memory; a forged set could otherwise keep an
  /// enumeration busy for years.
  @inlinable public static var defaultTableLimit: Int { 1 &<< 22 }

  /// Visits the addresses from `first` to `last`, in order, table by table.
  ///
  /// What lies outside every region is told as ``StopReason/nonCanonical``. A table that is its own
  /// ancestor is told as ``StopReason/loop`` and not entered.
  ///
  /// - Complexity: each table is read once for each place that it is mapped at.
  @inlinable
  @discardableResult
  public func enumerate<Visitor: TableVisitor>(
    from first: VirtualAddress = VirtualAddress(0), through last: VirtualAddress = VirtualAddress(.max),
    in memory: borrowing some PhysicalMemory & ~Copyable, tableLimit: Int = Self.defaultTableLimit,
    visitor: inout Visitor
  ) -> EnumerationSummary {
    var summary = EnumerationSummary(tableCount: 0, isComplete: true)
    guard first <= last else { return summary }
    // The next address that nobody has been told of; nil past the end of the space.
    var next: UInt64? = first.rawValue
    var regionIndex = 0
    while regionIndex < format.regionCount, let from = next, from <= last.rawValue {
      let region = format.region(regionIndex)
      regionIndex &+= 1
      guard region.last.rawValue >= from, region.first.rawValue <= last.rawValue else { continue }
      let start = max(region.first.rawValue, from)
      let end = min(region.last.rawValue, last.rawValue)
      if start > from {
        visitor.visitStop(
          first: VirtualAddress(from), last: VirtualAddress(start &- 1), reason: .nonCanonical, depth: 0)
      }
      let depth = Int(region.firstDepth)
      let shift = UInt64(format.geometry(depth).shift) &+ UInt64(region.firstIndexBits)
      let base = region.first.rawValue & ~((1 &<< shift) &- 1)
      enumerate(
        TablePosition(
          depth: depth, table: root[region.root], base: VirtualAddress(base),
          indexBits: region.firstIndexBits, access: .all),
        first: start, last: end, path: InlineArray(repeating: .max), in: memory, tableLimit: tableLimit,
        summary: &summary, visitor: &visitor)
      next = end == .max ? nil : end &+ 1
    }
    let spaceEnd = lastAddress
    if let from = next, from <= min(last.rawValue, spaceEnd) {
      visitor.visitStop(
        first: VirtualAddress(from), last: VirtualAddress(min(last.rawValue, spaceEnd)),
        reason: .nonCanonical, depth: 0)
    }
    return summary
  }

  /// Visits what one table translates: a unit of work for one of several threads.
  ///
  /// - Parameter position: a table as ``TableVisitor/shouldEnter(_:)`` was told of it.
  @inlinable
  @discardableResult
  public func enumerate<Visitor: TableVisitor>(
    _ position: TablePosition, in memory: borrowing some PhysicalMemory & ~Copyable,
    tableLimit: Int = Self.defaultTableLimit, visitor: inout Visitor
  ) -> EnumerationSummary {
    var summary = EnumerationSummary(tableCount: 0, isComplete: true)
    let span = UInt64(format.geometry(position.depth).shift) &+ UInt64(position.indexBits)
    enumerate(
      position, first: position.base.rawValue, last: position.base.rawValue | ((1 &<< span) &- 1),
      path: InlineArray(repeating: .max), in: memory, tableLimit: tableLimit, summary: &summary,
      visitor: &visitor)
    return summary
  }

  /// The last address that the format's pointers can name.
  @inlinable var lastAddress: UInt64 {
    format.addressBits >= 64 ? .max : (1 &<< UInt64(format.addressBits)) &- 1
  }

  /// One table; `path` holds the tables above it by depth.
  @inlinable
  func enumerate<Visitor: TableVisitor>(
    _ position: TablePosition, first: UInt64, last: UInt64, path: InlineArray<6, UInt64>,
    in memory: borrowing some PhysicalMemory & ~Copyable, tableLimit: Int,
    summary: inout EnumerationSummary, visitor: inout Visitor
  ) {
    let isLoop = isAncestor(position.table, in: path)
    guard !isLoop, summary.tableCount < tableLimit else {
      summary.isComplete = false
      visitor.visitStop(
        first: VirtualAddress(first), last: VirtualAddress(last), reason: isLoop ? .loop : .limit,
        depth: position.depth)
      return
    }
    guard visitor.shouldEnter(position) else { return }
    summary.tableCount &+= 1
    var path = path
    path.replaceElement(at: position.depth, with: position.table.rawValue)
    let geometry = format.geometry(position.depth)
    let firstIndex = Int((first &- position.base.rawValue) &>> UInt64(geometry.shift))
    let lastIndex = Int((last &- position.base.rawValue) &>> UInt64(geometry.shift))
    if enumerateEntries(
      position, geometry: geometry, firstIndex: firstIndex, lastIndex: lastIndex, first: first, last: last,
      path: path, in: memory, tableLimit: tableLimit, summary: &summary, visitor: &visitor) == nil
    {
      return
    }
    // The table could not be lent whole. It may be larger than a page of the source (ARM's 16 KiB, 64 KiB
    // granules) and only partly missing: ask again page by page.
    let pageEntries = 4096 &>> Int(geometry.entrySizeBits)
    var index = firstIndex
    while index <= lastIndex {
      let end = min(lastIndex, (index | (pageEntries &- 1)))
      let from = max(first, position.base.rawValue &+ UInt64(index) &<< UInt64(geometry.shift))
      let through = min(
        last,
        position.base.rawValue &+ (UInt64(end) &<< UInt64(geometry.shift))
          &+ ((1 &<< UInt64(geometry.shift)) &- 1))
      let fault = enumerateEntries(
        position, geometry: geometry, firstIndex: index, lastIndex: end, first: from, last: through,
        path: path, in: memory, tableLimit: tableLimit, summary: &summary, visitor: &visitor)
      if let fault {
        summary.isComplete = false
        visitor.visitStop(
          first: VirtualAddress(from), last: VirtualAddress(through), reason: .unreadable(fault),
          depth: position.depth)
      }
      index = end &+ 1
    }
  }

  @inlinable
  func isAncestor(_ table: PhysicalAddress, in path: InlineArray<6, UInt64>) -> Bool {
    var depth = 0
    while depth < 6 {
      if path.element(at: depth, filler: .max) == table.rawValue { return true }
      depth &+= 1
    }
    return false
  }

  /// Entries `firstIndex` to `lastIndex` of one table, or the fault that kept it from being read.
  @inlinable
  func enumerateEntries<Visitor: TableVisitor>(
    _ position: TablePosition, geometry: LevelGeometry, firstIndex: Int, lastIndex: Int, first: UInt64,
    last: UInt64, path: InlineArray<6, UInt64>, in memory: borrowing some PhysicalMemory & ~Copyable,
    tableLimit: Int, summary: inout EnumerationSummary, visitor: inout Visitor
  ) -> MemoryFault? {
    let entryByteCount = 1 &<< Int(geometry.entrySizeBits)
    let start = position.table.advanced(byBytes: UInt64(firstIndex &* entryByteCount))
    let isLastLevel = position.depth &+ 1 >= format.levelCount
    do throws(MemoryFault) {
      try memory.withBytes(at: start, count: (lastIndex &- firstIndex &+ 1) &* entryByteCount) { bytes in
        if isLastLevel {
          visitor.visitLeafTable(bytes, firstIndex: firstIndex, position: position)
        } else {
          enumerateUpperEntries(
            bytes, position: position, geometry: geometry, firstIndex: firstIndex, lastIndex: lastIndex,
            first: first, last: last, path: path, in: memory, tableLimit: tableLimit, summary: &summary,
            visitor: &visitor)
        }
      }
      return nil
    } catch {
      return error
    }
  }

  /// The entries of a table that is not of the last level.
  @inlinable
  func enumerateUpperEntries<Visitor: TableVisitor>(
    _ bytes: RawSpan, position: TablePosition, geometry: LevelGeometry, firstIndex: Int, lastIndex: Int,
    first: UInt64, last: UInt64, path: InlineArray<6, UInt64>,
    in memory: borrowing some PhysicalMemory & ~Copyable, tableLimit: Int,
    summary: inout EnumerationSummary, visitor: inout Visitor
  ) {
    let entryByteCount = 1 &<< Int(geometry.entrySizeBits)
    let level = format.level(position.depth)
    let next = format.geometry(position.depth &+ 1)
    let nextByteCount = 1 &<< Int(next.entrySizeBits &+ next.indexBits)
    var index = firstIndex
    var offset = 0
    while index <= lastIndex {
      let entry =
        bytes.entry(atByteOffset: offset, byteCount: entryByteCount, order: format.byteOrder) ?? 0
      offset &+= entryByteCount
      let entryBase = position.base.rawValue &+ (UInt64(index) &<< UInt64(geometry.shift))
      let from = max(first, entryBase)
      let through = min(last, entryBase &+ ((1 &<< UInt64(geometry.shift)) &- 1))
      index &+= 1
      // The table after this one, while this one is being looked at.
      if index <= lastIndex {
        let following =
          bytes.entry(atByteOffset: offset, byteCount: entryByteCount, order: format.byteOrder) ?? 0
        if geometry.isTable(following) {
          memory.prefetch(at: PhysicalAddress(geometry.tableAddress(following)), count: nextByteCount)
        }
      }
      let (ruleIndex, rule) = level.rule(for: entry)
      if rule.kind == .table,
        case .table(let table) = meaning(
          of: entry, rule: rule, address: VirtualAddress(from), depth: position.depth)
      {
        enumerate(
          TablePosition(
            depth: position.depth &+ 1, table: table, base: VirtualAddress(entryBase),
            indexBits: next.indexBits,
            access: position.access.intersection(format.access(of: entry, by: rule))),
          first: from, last: through, path: path, in: memory, tableLimit: tableLimit, summary: &summary,
          visitor: &visitor)
      } else {
        visitor.visitEntry(
          entry, ruleIndex: ruleIndex, first: VirtualAddress(from), last: VirtualAddress(through),
          position: position)
      }
    }
  }
}
