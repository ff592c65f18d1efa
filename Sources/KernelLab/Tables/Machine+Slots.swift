import PageTableEditing
import PageTables

// Finding and making the tables that a process's entries stand in. The lab's tables have what the editor
// writes; whatever else they hold is taken for absent here, and told of by the walk.

extension Machine {
  /// The range of addresses with one root that `address` lies in; nil if it is not canonical.
  @inline(__always)
  func region(of address: UInt64) -> Region? {
    var index = 0
    while index < regions.count {
      let region = regions[index]
      if region.contains(VirtualAddress(address)) { return region }
      index &+= 1
    }
    return nil
  }

  /// The table at `depth` that serves `address` in the table tree of `root`, or nil. An entry for a large
  /// page ends the search as an empty one does.
  @inline(__always)
  func table(at depth: Int, serving address: UInt64, root: PageTableRoot) -> (
    address: UInt64, indexBits: UInt8
  )? {
    guard let region = region(of: address) else { return nil }
    var table = root[region.root].rawValue
    var current = Int(region.firstDepth)
    var indexBits = region.firstIndexBits
    while current < depth {
      let geometry = geometries[current]
      let entry = load(
        entryAddress(in: table, geometry: geometry, indexBits: indexBits, address: address), geometry)
      guard geometry.isTable(entry) else { return nil }
      table = geometry.tableAddress(entry)
      current += 1
      indexBits = geometries[current].indexBits
    }
    return (table, indexBits)
  }

  /// The slot at `depth` of the entry for `address`, or nil if there is no table for it.
  @inline(__always)
  func slot(for address: UInt64, root: PageTableRoot, depth: Int) -> EntrySlot? {
    guard let (table, indexBits) = table(at: depth, serving: address, root: root) else { return nil }
    let geometry = geometries[depth]
    let index = (address &>> UInt64(geometry.shift)) & ((1 &<< UInt64(indexBits)) &- 1)
    return EntrySlot(
      address: table &+ (index &<< UInt64(geometry.entrySizeBits)),
      remainingCount: (1 &<< UInt64(indexBits)) &- index)
  }

  /// The slot of the page's entry for `address`, making the tables on the way; nil if frames ran out.
  ///
  /// New tables are counted for `space`.
  mutating func makeSlot(for address: UInt64, in space: AddressSpace, depth: Int) -> EntrySlot? {
    if let slot = slot(for: address, root: space.root, depth: depth) { return slot }
    if let slot = makeTables(for: address, in: space, depth: depth) { return slot }
    while makeRoom(zone: .normal) {
      if let slot = makeTables(for: address, in: space, depth: depth) { return slot }
    }
    return nil
  }

  private mutating func makeTables(for address: UInt64, in space: AddressSpace, depth: Int) -> EntrySlot? {
    frames.tableOwner = space.id
    frames.newTables.removeAll(keepingCapacity: true)
    do throws(EditError) {
      _ = try space.editor.locateMakingTables(
        VirtualAddress(address), depth: depth, in: &memory, frames: &frames)
    } catch {
      // Those that were made are linked, from the top down.
      let last = (0...depth).last { table(at: $0, serving: address, root: space.root) != nil }
      let hasNew = !frames.newTables.isEmpty
      noteNewTables(for: address, in: space, lastDepth: last ?? 0)
      if hasNew { mirrorTopEntry(for: address, in: space) }
      return nil
    }
    let hasNew = !frames.newTables.isEmpty
    noteNewTables(for: address, in: space, lastDepth: depth)
    if hasNew { mirrorTopEntry(for: address, in: space) }
    return slot(for: address, root: space.root, depth: depth)
  }

  /// Writes down what the tables are that were just made on the way to `lastDepth`: one a level, downwards.
  private mutating func noteNewTables(for address: UInt64, in space: AddressSpace, lastDepth: Int) {
    let made = frames.newTables
    for (place, frame) in made.enumerated() {
      let depth = lastDepth - (made.count - 1 - place)
      let span = geometries[depth].shift + geometries[depth].indexBits
      frames[frame].level = UInt8(depth)
      frames[frame].index = span >= 64 ? 0 : address & ~((1 << UInt64(span)) - 1)
      space.tableCounts[depth] += 1
      log.add(.allocated(frame: frame, purpose: "table"))
      noteLinking(of: depth, for: address, in: space)
    }
    frames.newTables.removeAll(keepingCapacity: true)
  }

  @inline(__always)
  func entryAddress(in table: UInt64, geometry: LevelGeometry, indexBits: UInt8, address: UInt64) -> UInt64 {
    let index = (address &>> UInt64(geometry.shift)) & ((1 &<< UInt64(indexBits)) &- 1)
    return table &+ (index &<< UInt64(geometry.entrySizeBits))
  }

  // MARK: Words

  /// The entry at a physical address; 0 outside RAM.
  @inline(__always)
  func load(_ address: UInt64, _ geometry: LevelGeometry) -> UInt64 {
    (try? memory.load(
      byteCount: 1 &<< Int(geometry.entrySizeBits), order: .little, at: PhysicalAddress(address))) ?? 0
  }

  @inline(__always)
  mutating func store(_ entry: UInt64, at address: UInt64, _ geometry: LevelGeometry) {
    try? memory.store(
      entry: entry, byteCount: 1 &<< Int(geometry.entrySizeBits), order: .little, at: PhysicalAddress(address)
    )
  }

  // MARK: Page entries

  /// Linux's word at a slot of the last level, or of the level above for a large page.
  @inline(__always)
  func entry(at slot: EntrySlot, depth: Int) -> PageEntry {
    let offset: UInt64 = codec.hasHardwareWord && depth == lastDepth ? 2048 : 0
    return PageEntry(word: load(slot.address &- offset, geometries[depth]))
  }

  /// Writes Linux's word, and the hardware's where that is another one (`set_pte_at`).
  @inline(__always)
  mutating func setEntry(_ entry: PageEntry, at slot: EntrySlot, depth: Int) {
    if locks.isChecking { requireTableLock(at: slot.address, depth: depth) }
    writeEntry(entry, at: slot, depth: depth)
  }

  /// The same in a table that nobody else can reach yet.
  @inline(__always)
  mutating func writeEntry(_ entry: PageEntry, at slot: EntrySlot, depth: Int) {
    let geometry = geometries[depth]
    if codec.hasHardwareWord, depth == lastDepth {
      store(entry.word, at: slot.address &- 2048, geometry)
      store(codec.hardware(for: entry), at: slot.address, geometry)
    } else {
      store(entry.word, at: slot.address, geometry)
    }
  }
}
