import PageTables

// Tables that go. An allocation of several tables (ARM's two in a page) goes as one.

extension Machine {
  /// What tables of a process may not pass, at the top (`USER_PGTABLES_CEILING`): ARM's tables above its
  /// last address may hold the modules' entries; elsewhere there is no limit.
  ///
  /// Source: `arch/arm/include/asm/pgtable.h`, `include/linux/pgtable.h` of 6.1.
  var tableCeiling: UInt64 {
    if profile.architecture == .arm { return profile.taskSize }
    let span: UInt64 = 1 &<< UInt64(geometries[0].shift)
    return (profile.taskSize &+ (span &- 1)) & ~(span &- 1)
  }

  /// The first address of a process (`FIRST_USER_ADDRESS`): ARM's low vectors are never its own.
  var firstUserAddress: UInt64 { profile.architecture == .arm ? 2 &* pageByteCount : 0 }

  /// Unlinks and frees the tables that meet `range` and lie wholly between the area before it and the area
  /// behind it (`free_pgtables` with floor and ceiling, `mm/memory.c`, 6.1 to 6.18).
  mutating func freeTables(_ range: Range<UInt64>, floor: UInt64, ceiling: UInt64, of space: AddressSpace) {
    guard let region = region(of: range.lowerBound), !range.isEmpty else {
      return
    }
    freeTables(
      below: space.root[region.root].rawValue, depth: Int(region.firstDepth),
      indexBits: region.firstIndexBits, from: range.lowerBound, to: range.upperBound &- 1, floor: floor,
      ceiling: ceiling, of: space)
  }

  /// As above, for the tables that the entries of one table name, from the entry of `first` to that of
  /// `last`. Recursion goes one level down each time.
  private mutating func freeTables(
    below table: UInt64, depth: Int, indexBits: UInt8, from first: UInt64, to last: UInt64, floor: UInt64,
    ceiling: UInt64, of space: AddressSpace
  ) {
    guard depth < lastDepth else { return }
    let geometry = geometries[depth]
    let span: UInt64 = 1 &<< tableSpanBits[depth + 1]
    var start = first & ~(span &- 1)
    while true {
      let end = start &+ (span &- 1)
      let place = entryAddress(in: table, geometry: geometry, indexBits: indexBits, address: start)
      let entry = load(place, geometry)
      if geometry.isTable(entry) {
        let child = geometry.tableAddress(entry)
        freeTables(
          below: child, depth: depth + 1, indexBits: geometries[depth + 1].indexBits, from: max(first, start),
          to: min(last, end), floor: floor, ceiling: ceiling, of: space)
        if start >= floor, end < ceiling {
          unlinkTable(child, depth: depth + 1, namedAt: place, serving: start, of: space)
        }
      }
      let (next, wraps) = start.addingReportingOverflow(span)
      guard !wraps, next <= last else { return }
      start = next
    }
  }

  /// Frees every table of the last level that lies wholly in a range whose pages are gone: what MADV_DONTNEED
  /// does since 6.14 (`CONFIG_PT_RECLAIM`, `mm/pt_reclaim.c`).
  mutating func reclaimTables(in range: Range<UInt64>, of space: AddressSpace) {
    guard lastDepth > 0 else { return }
    let span: UInt64 = 1 &<< tableSpanBits[lastDepth]
    var start = (range.lowerBound &+ (span &- 1)) & ~(span &- 1)
    while start < range.upperBound, range.upperBound &- start >= span {
      guard let slot = nextSlot(from: &start, below: range.upperBound, root: space.root, depth: lastDepth - 1)
      else { return }
      let geometry = geometries[lastDepth - 1]
      start &= ~(span &- 1)
      guard range.upperBound &- start >= span else { return }
      let entry = load(slot.address, geometry)
      if geometry.isTable(entry) {
        unlinkTable(
          geometry.tableAddress(entry), depth: lastDepth, namedAt: slot.address, serving: start, of: space)
      }
      start &+= span
    }
  }

  /// Clears the entries that name the allocation of `table` and gives it back.
  private mutating func unlinkTable(
    _ table: UInt64, depth: Int, namedAt place: UInt64, serving address: UInt64, of space: AddressSpace
  ) {
    locks.require(.mmap(space.id), site: "free_pgtables")
    let geometry = geometries[depth - 1]
    for member in 0..<tableGroupCounts[depth] {
      store(0, at: place &+ (member &<< UInt64(geometry.entrySizeBits)), geometry)
    }
    if depth == 1 { mirrorTopEntry(for: address, in: space) }
    let frame = table &>> pageSizeBits
    frames.free(frame, order: Int(frames[frame].order))
    space.tableCounts[depth] -= 1
    log.add(.freed(frame: frame))
  }

  /// Moves a whole table of `depth` from one address to another that has none there; the tables above the
  /// target exist (`move_normal_pmd`, `mm/mremap.c`).
  mutating func relinkTable(from source: UInt64, to target: UInt64, depth: Int, of space: AddressSpace) {
    let spanMask: UInt64 = (1 &<< tableSpanBits[depth]) &- 1
    guard let from = slot(for: source & ~spanMask, root: space.root, depth: depth - 1),
      let to = slot(for: target & ~spanMask, root: space.root, depth: depth - 1)
    else { return }
    lockTables(of: from, to, depth: depth - 1, site: "move_normal_pmd")
    defer { unlockTables(of: from, to, depth: depth - 1) }
    let geometry = geometries[depth - 1]
    for member in 0..<tableGroupCounts[depth] {
      let offset = member &<< UInt64(geometry.entrySizeBits)
      let entry = load(from.address &+ offset, geometry)
      if member == 0, geometry.isTable(entry) {
        let frame = geometry.tableAddress(entry) &>> pageSizeBits
        if frames.isRAM(frame) { frames[frame].index = target & ~spanMask }
      }
      store(entry, at: to.address &+ offset, geometry)
      store(0, at: from.address &+ offset, geometry)
    }
    if depth == 1 {
      mirrorTopEntry(for: source, in: space)
      mirrorTopEntry(for: target, in: space)
    }
  }
}
