import PageTables

// The entries of the kernel's half that each root has for itself. Below them all tables are shared.

extension Machine {
  /// The level of the entry for `address` that each root has for itself; nil where roots share everything.
  func ownDepth(of address: UInt64) -> Int? {
    let first = Int(profile.format.region(of: VirtualAddress(address))?.firstDepth ?? 0)
    switch profile.kernelHalf {
    case .separateRoot: return nil
    case .copied(let start): return address >= start ? first : nil
    case .privateTable(let start, let shared):
      if address >= shared { return first }
      return address >= start ? first + 1 : nil
    }
  }

  /// log2 of what the entries span that are copied together: ARM's first level comes in pairs.
  func ownSpanBits(depth: Int) -> UInt64 {
    UInt64(geometries[depth].shift) + (isPaired(depth: depth) ? 1 : 0)
  }

  private func isPaired(depth: Int) -> Bool { codec.hasHardwareWord && depth < lastDepth }

  /// Where the words of an entry stand that are copied together, in the table of `root`; nil if a table above is
  /// missing.
  private func ownWords(of address: UInt64, root: PageTableRoot, depth: Int) -> (address: UInt64, count: Int)?
  {
    guard let slot = slot(for: address, root: root, depth: depth) else { return nil }
    let size: UInt64 = 1 << UInt64(geometries[depth].entrySizeBits)
    return isPaired(depth: depth) ? (slot.address & ~(2 * size - 1), 2) : (slot.address, 1)
  }

  /// Brings the entry for `address` from the master to `root`, as the kernel's rules say
  /// (`vmalloc_sync_one`, `copy_pmd`).
  mutating func synchronise(_ address: UInt64, root: PageTableRoot, _ rules: VmallocRules) -> KernelEntrySync
  {
    guard let depth = ownDepth(of: address) else { return .unchanged }
    guard let master = ownWords(of: address, root: kernel.root, depth: depth) else { return .masterLacks }
    guard let own = ownWords(of: address, root: root, depth: depth) else {
      // The table above is private, and this root has none: that is for pgd_alloc.
      return .masterLacks
    }
    let geometry = geometries[depth]
    let size: UInt64 = 1 << UInt64(geometry.entrySizeBits)
    // Of a pair, the word that the processor reads for this address decides.
    let index = master.count == 2 ? (address >> UInt64(geometry.shift)) & 1 : 0
    let masterEntry = load(master.address &+ index &* size, geometry)
    let ownEntry = load(own.address &+ index &* size, geometry)
    let masterHas = !geometry.isAbsent(masterEntry)
    let ownHas = !geometry.isAbsent(ownEntry)
    if masterHas, ownHas, rules.mismatchIsBug, target(masterEntry, geometry) != target(ownEntry, geometry) {
      return .mismatch(own: ownEntry, master: masterEntry)
    }
    guard masterHas || ownHas && rules.propagatesRemoval else { return .masterLacks }
    guard masterHas != ownHas || rules.copiesAlways else { return .unchanged }
    var count = 0
    for word in 0..<UInt64(master.count) {
      let new = load(master.address &+ word &* size, geometry)
      let old = load(own.address &+ word &* size, geometry)
      guard new != old else { continue }
      store(new, at: own.address &+ word &* size, geometry)
      count += 1
      log.add(
        .wrote(depth: depth, address: address, entryAddress: own.address &+ word &* size, old: old, new: new))
    }
    if count == 0 { return .unchanged }
    return masterHas ? .copied(count) : .removed(count)
  }

  /// The frame that an entry names, by which the kernel compares.
  private func target(_ entry: UInt64, _ geometry: LevelGeometry) -> UInt64 {
    geometry.isTable(entry) ? geometry.tableAddress(entry) : geometry.leafAddress(entry)
  }

  // MARK: What is missing

  /// The addresses, below the upper end of each range, of first-level entries that the master has and a space's
  /// root lacks, or has otherwise: what its next access may fault on.
  ///
  /// Hardware entries are counted: ARM's pair is two.
  ///
  /// - Complexity: one entry of both roots for each that the ranges span.
  public func missingKernelEntries(of space: AddressSpace) -> [UInt64] {
    var missing: [UInt64] = []
    for (address, depth) in masterEntries {
      let geometry = geometries[depth]
      guard let master = slot(for: address, root: kernel.root, depth: depth) else { continue }
      let entry = load(master.address, geometry)
      let own = slot(for: address, root: space.root, depth: depth).map { load($0.address, geometry) } ?? 0
      if geometry.isAbsent(own) || target(own, geometry) != target(entry, geometry) {
        missing.append(address)
      }
    }
    return missing
  }

  /// How many entries of vmalloc's and modules' ranges the master has, of those that each root has for itself.
  public var firstLevelEntryCount: Int { masterEntries.count }

  /// The master's entries for the ranges that change after boot, each once, ascending.
  private var masterEntries: [(address: UInt64, depth: Int)] {
    var entries: [(address: UInt64, depth: Int)] = []
    var seen: Set<UInt64> = []
    for range in kernelRanges {
      var address = range.lowerBound
      while address < range.upperBound, let depth = ownDepth(of: address) {
        let geometry = geometries[depth]
        let span: UInt64 = 1 << UInt64(geometry.shift)
        address &= ~(span - 1)
        if let slot = slot(for: address, root: kernel.root, depth: depth),
          !geometry.isAbsent(load(slot.address, geometry)), seen.insert(address).inserted
        {
          entries.append((address, depth))
        }
        let (next, overflow) = address.addingReportingOverflow(span)
        if overflow { break }
        address = next
      }
    }
    return entries
  }

  /// Tables of the second level that were made for vmalloc and modules before anything was mapped there.
  var preallocatedTableCount: Int {
    guard profile.vmallocPolicy == .preallocated else { return 0 }
    return masterEntries.count { entry in
      let geometry = geometries[entry.depth]
      guard let slot = slot(for: entry.address, root: kernel.root, depth: entry.depth) else { return false }
      return geometry.isTable(load(slot.address, geometry))
    }
  }

  /// The ranges whose entries change after boot.
  private var kernelRanges: [Range<UInt64>] {
    layout.modules == layout.vmalloc ? [layout.vmalloc] : [layout.modules, layout.vmalloc]
  }
}
