extension Walker where Format: FormatSource {
  /// How many tables an enumeration reads before it gives up: 16 GiB of 4 KiB tables. Tables that share
  /// tables can describe far more address space than there is memory; a forged set could otherwise keep an
  /// enumeration busy for years.
  @inlinable public static var defaultTableLimit: Int { 1 &<< 22 }

  /// Visits the addresses from `first` to `last`, in order, table by table.
  ///
  /// What lies outside every region is told as ``StopReason/nonCanonical``. A table that is its own
  /// ancestor is told as ``StopReason/loop`` and not entered. One that holds nothing, named by neighbouring
  /// entries, is told as ``StopReason/notPresent(_:)`` and entered for the first of them only.
  ///
  /// - Complexity: each table is read once for each place that it is mapped at, but for those.
  @inlinable
  @discardableResult
  public func enumerate<Visitor: TableVisitor>(
    from first: VirtualAddress = VirtualAddress(0), through last: VirtualAddress = VirtualAddress(.max),
    in memory: borrowing some PhysicalMemory & ~Copyable, tableLimit: Int = Self.defaultTableLimit,
    visitor: inout Visitor
  ) -> EnumerationSummary {
    var progress = EnumerationProgress(tableLimit: tableLimit)
    guard first <= last else { return progress.summary }
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
      let geometry = format.geometry(depth)
      let shift = UInt64(geometry.shift) &+ UInt64(region.firstIndexBits)
      let base = region.first.rawValue & ~((1 &<< shift) &- 1)
      enumerate(
        TablePosition(
          depth: depth, table: root[region.root], base: VirtualAddress(base),
          indexBits: region.firstIndexBits, access: .all),
        geometry: geometry, first: start, last: end, in: memory, progress: &progress, visitor: &visitor)
      next = end == .max ? nil : end &+ 1
    }
    let spaceEnd = lastAddress
    if let from = next, from <= min(last.rawValue, spaceEnd) {
      visitor.visitStop(
        first: VirtualAddress(from), last: VirtualAddress(min(last.rawValue, spaceEnd)),
        reason: .nonCanonical, depth: 0)
    }
    return progress.summary
  }

  /// Visits what one table translates: a unit of work for one of several threads.
  ///
  /// `position` is a table as ``TableVisitor/shouldEnter(_:)`` was told of it.
  @inlinable
  @discardableResult
  public func enumerate<Visitor: TableVisitor>(
    _ position: TablePosition, in memory: borrowing some PhysicalMemory & ~Copyable,
    tableLimit: Int = Self.defaultTableLimit, visitor: inout Visitor
  ) -> EnumerationSummary {
    var progress = EnumerationProgress(tableLimit: tableLimit)
    let geometry = format.geometry(position.depth)
    let span = UInt64(geometry.shift) &+ UInt64(position.indexBits)
    enumerate(
      position, geometry: geometry, first: position.base.rawValue,
      last: position.base.rawValue | ((1 &<< span) &- 1), in: memory, progress: &progress,
      visitor: &visitor)
    return progress.summary
  }

  /// The last address that the format's pointers can name.
  @inlinable var lastAddress: UInt64 {
    format.addressBits >= 64 ? .max : (1 &<< UInt64(format.addressBits)) &- 1
  }

  /// One table.
  @inlinable
  func enumerate<Visitor: TableVisitor>(
    _ position: TablePosition, geometry: LevelGeometry, first: UInt64, last: UInt64,
    in memory: borrowing some PhysicalMemory & ~Copyable, progress: inout EnumerationProgress,
    visitor: inout Visitor
  ) {
    let isLoop = progress.isAncestor(position.table, of: position.depth)
    guard !isLoop, progress.summary.tableCount < progress.tableLimit else {
      progress.summary.isComplete = false
      visitor.visitStop(
        first: VirtualAddress(first), last: VirtualAddress(last), reason: isLoop ? .loop : .limit,
        depth: position.depth)
      return
    }
    guard visitor.shouldEnter(position) else { return }
    progress.enter(position)
    let firstIndex = Int(truncatingIfNeeded: (first &- position.base.rawValue) &>> UInt64(geometry.shift))
    let lastIndex = Int(truncatingIfNeeded: (last &- position.base.rawValue) &>> UInt64(geometry.shift))
    let fault = enumerateEntries(
      position, geometry: geometry, firstIndex: firstIndex, lastIndex: lastIndex, first: first, last: last,
      in: memory, progress: &progress, visitor: &visitor)
    if fault != nil {
      enumerateByPage(
        position, geometry: geometry, firstIndex: firstIndex, lastIndex: lastIndex, first: first, last: last,
        in: memory, progress: &progress, visitor: &visitor)
    }
  }

  /// A table that could not be lent whole. It may be larger than a page of the source (ARM's 16 KiB, 64 KiB
  /// granules) and only partly missing, so it is asked for page by page.
  @inlinable @inline(never)
  func enumerateByPage<Visitor: TableVisitor>(
    _ position: TablePosition, geometry: LevelGeometry, firstIndex: Int, lastIndex: Int, first: UInt64,
    last: UInt64, in memory: borrowing some PhysicalMemory & ~Copyable,
    progress: inout EnumerationProgress, visitor: inout Visitor
  ) {
    let pageEntries = 4096 &>> Int(geometry.entrySizeBits)
    var index = firstIndex
    while index <= lastIndex {
      let end = min(lastIndex, (index | (pageEntries &- 1)))
      let shift = UInt64(geometry.shift)
      let from = max(first, position.base.rawValue &+ (UInt64(truncatingIfNeeded: index) &<< shift))
      // Through the last byte of the last entry.
      let through = min(
        last, position.base.rawValue &+ (UInt64(truncatingIfNeeded: end &+ 1) &<< shift) &- 1)
      let fault = enumerateEntries(
        position, geometry: geometry, firstIndex: index, lastIndex: end, first: from, last: through,
        in: memory, progress: &progress, visitor: &visitor)
      if let fault {
        progress.summary.isComplete = false
        visitor.visitStop(
          first: VirtualAddress(from), last: VirtualAddress(through), reason: .unreadable(fault),
          depth: position.depth)
      }
      index = end &+ 1
    }
  }

  /// Entries `firstIndex` to `lastIndex` of one table, or the fault that kept it from being read.
  @inlinable @inline(__always)
  func enumerateEntries<Visitor: TableVisitor>(
    _ position: TablePosition, geometry: LevelGeometry, firstIndex: Int, lastIndex: Int, first: UInt64,
    last: UInt64, in memory: borrowing some PhysicalMemory & ~Copyable,
    progress: inout EnumerationProgress, visitor: inout Visitor
  ) -> MemoryFault? {
    let entrySizeBits = UInt64(geometry.entrySizeBits)
    let start = position.table.advanced(byBytes: UInt64(truncatingIfNeeded: firstIndex) &<< entrySizeBits)
    let isLastLevel = position.depth &+ 1 >= format.levelCount
    do throws(MemoryFault) {
      try memory.withBytes(at: start, count: (lastIndex &- firstIndex &+ 1) &<< Int(entrySizeBits)) { bytes in
        if isLastLevel {
          visitor.visitLeafTable(bytes, firstIndex: firstIndex, position: position)
        } else {
          enumerateUpperEntries(
            bytes, position: position, geometry: geometry, firstIndex: firstIndex, lastIndex: lastIndex,
            first: first, last: last, in: memory, progress: &progress, visitor: &visitor)
        }
      }
      return nil
    } catch {
      return error
    }
  }

  /// The entries of a table that is not of the last level.
  @inlinable @inline(never)
  func enumerateUpperEntries<Visitor: TableVisitor>(
    _ bytes: RawSpan, position: TablePosition, geometry: LevelGeometry, firstIndex: Int, lastIndex: Int,
    first: UInt64, last: UInt64, in memory: borrowing some PhysicalMemory & ~Copyable,
    progress: inout EnumerationProgress, visitor: inout Visitor
  ) {
    let entryByteCount = 1 &<< Int(geometry.entrySizeBits)
    let order = format.byteOrder
    let next = format.geometry(position.depth &+ 1)
    let nextByteCount = 1 &<< Int(next.entrySizeBits &+ next.indexBits)
    let span: UInt64 = (1 &<< UInt64(geometry.shift)) &- 1
    // Neighbours mostly allow the same: their rights are read once.
    var accessBits: UInt64 = 0
    var access: Access?
    // Neighbours that name one table of nothing: it is entered once, not for each.
    var previous: UInt64 = 0
    var emptyEntry: UInt64 = 0
    var entry = bytes.entry(atByteOffset: 0, byteCount: entryByteCount, order: order) ?? 0
    var offset = 0
    var index = firstIndex
    while index <= lastIndex {
      let entryBase = position.base.rawValue &+ (UInt64(truncatingIfNeeded: index) &<< UInt64(geometry.shift))
      let from = max(first, entryBase)
      let through = min(last, entryBase &+ span)
      index &+= 1
      offset &+= entryByteCount
      // The table after this one comes closer while this one is being looked at.
      let following = bytes.entry(atByteOffset: offset, byteCount: entryByteCount, order: order) ?? 0
      if geometry.isTable(following) {
        memory.prefetch(at: PhysicalAddress(geometry.tableAddress(following)), count: nextByteCount)
      }
      if entry == previous, entry != 0,
        visitNothing(
          below: entry, emptyEntry: &emptyEntry, first: from, last: through, depth: position.depth,
          in: memory, visitor: &visitor)
      {
        // Nothing is below, and the visitor was told; out of line, this costs a comparison.
      } else if geometry.isTable(entry) {
        if access == nil || entry & geometry.tableAccessMask != accessBits {
          accessBits = entry & geometry.tableAccessMask
          access = self.access(of: entry, ruleIndex: geometry.tableRuleIndex, depth: position.depth)
        }
        enumerate(
          TablePosition(
            depth: position.depth &+ 1, table: PhysicalAddress(geometry.tableAddress(entry)),
            base: VirtualAddress(entryBase), indexBits: next.indexBits,
            access: position.access.intersection(access ?? .all)),
          geometry: next, first: from, last: through, in: memory, progress: &progress, visitor: &visitor)
      } else if geometry.isAbsent(entry) || geometry.isLeaf(entry) {
        visitor.visitEntry(
          entry, ruleIndex: Int(geometry.isAbsent(entry) ? geometry.absentRuleIndex : geometry.leafRuleIndex),
          first: VirtualAddress(from), last: VirtualAddress(through), position: position)
      } else {
        enumerateByRules(
          entry, position: position, entryBase: entryBase, next: next, first: from, last: through,
          in: memory, progress: &progress, visitor: &visitor)
      }
      previous = entry
      entry = following
    }
  }

  /// An entry that the geometry does not know.
  @inlinable @inline(never)
  func enumerateByRules<Visitor: TableVisitor>(
    _ entry: UInt64, position: TablePosition, entryBase: UInt64, next: LevelGeometry, first: UInt64,
    last: UInt64, in memory: borrowing some PhysicalMemory & ~Copyable,
    progress: inout EnumerationProgress, visitor: inout Visitor
  ) {
    let (ruleIndex, rule) = format.level(position.depth).rule(for: entry)
    if rule.kind == .table,
      case .table(let table) = format.meaning(
        of: entry, rule: rule, address: VirtualAddress(first), depth: position.depth)
    {
      enumerate(
        TablePosition(
          depth: position.depth &+ 1, table: table, base: VirtualAddress(entryBase),
          indexBits: next.indexBits,
          access: position.access.intersection(format.access(of: entry, by: rule))),
        geometry: next, first: first, last: last, in: memory, progress: &progress, visitor: &visitor)
    } else {
      visitor.visitEntry(
        entry, ruleIndex: ruleIndex, first: VirtualAddress(first), last: VirtualAddress(last),
        position: position)
    }
  }

  /// What `entry` allows by itself, read by a rule of the level at `depth`.
  @inlinable @inline(never)
  func access(of entry: UInt64, ruleIndex: UInt8, depth: Int) -> Access {
    format.access(of: entry, by: format.level(depth).rules[Int(ruleIndex)])
  }
}
