import PageTableEditing
import PageTables

// Tables of the master that exist before they are needed, so that nobody's copy of the top level lacks them.

extension Machine {
  mutating func makeTablesInAdvance() throws(EditError) {
    // Contiguous, so that a page's entry is found by subtraction, and empty (`page_table_range_init`,
    // `arch/x86/mm/init_32.c`; `early_fixmap_init`, `kmap_init` of ARM).
    try makeTables(for: layout.pkmap)
    try makeTables(for: layout.fixmap)
    // `setup_cpu_entry_area_ptes`, 32-bit only.
    if format.paging.addressBits == 32 { try makeTables(for: layout.cpuEntryArea) }
    // Top tables of four entries: the second-level tables of the kernel's part are static.
    if geometries[0].indexBits == 2 {
      let first = min(profile.pageOffset, layout.modules.lowerBound)
      for address in stride(from: first, to: 0x1_0000_0000, by: 1 << 30) {
        try makeTables(for: address, depth: 1)
      }
      try makeTables(for: profile.pageOffset, depth: 1)
    }
    if let address = profile.selfMapAddress { try mapTopTable(at: address, of: kernel.editor) }
    guard profile.vmallocPolicy == .preallocated else { return }
    // `preallocate_vmalloc_pages` (x86-64), `preallocate_pgd_pages_range` (RISC-V).
    for range in [layout.vmalloc, layout.modules] {
      let span = UInt64(1) << UInt64(geometries[0].shift)
      var address = range.lowerBound
      while address < range.upperBound {
        try makeTables(for: address, depth: 1)
        let next = (address & ~(span &- 1)).addingReportingOverflow(span)
        guard !next.overflow else { break }
        address = next.partialValue
      }
    }
    // Alpha: `callback_init` makes one table of each level (`arch/alpha/mm/init.c`).
    if profile.architecture == .alpha { try makeTables(for: layout.vmalloc.lowerBound, depth: lastDepth) }
  }

  /// The last level's tables for a range, one behind the other in RAM.
  private mutating func makeTables(for range: Range<UInt64>) throws(EditError) {
    guard !range.isEmpty, lastDepth > 0 else { return }
    // ARM's tables come in pairs, a pair a frame.
    let group = UInt64(max(1, profile.format.level(lastDepth).allocation.tableCount))
    let span = UInt64(1) << UInt64(geometries[lastDepth - 1].shift) &* group
    var missing: [UInt64] = []
    for address in stride(from: range.lowerBound & ~(span &- 1), to: range.upperBound, by: Int(span)) {
      try makeTables(for: address, depth: lastDepth - 1)
      if slot(for: address, root: kernel.root, depth: lastDepth) == nil { missing.append(address) }
    }
    guard var run = FrameRun(count: missing.count, in: &frames) else {
      throw EditError(.outOfFrames(sizeBits: profile.format.pageSizeBits))
    }
    for address in missing {
      _ = try kernel.editor.locateMakingTables(
        VirtualAddress(address), depth: lastDepth, in: &memory, frames: &run)
    }
  }

  /// The tables on the way to the entry for `address` at `depth`.
  private mutating func makeTables(for address: UInt64, depth: Int) throws(EditError) {
    _ = try kernel.editor.locateMakingTables(
      VirtualAddress(address), depth: depth, in: &memory, frames: &frames)
  }

  /// Makes the top table's entry for `address` name the top table: the last level's tables appear there one
  /// after the other (Alpha's VPTB; `switch_to_system_map`, `pgd_alloc`).
  mutating func mapTopTable(at address: UInt64, of editor: PageTableEditor) throws(EditError) {
    let level = format.paging.level(0)
    guard let rule = (0..<level.rules.count).map({ level.rules[$0] }).first(where: { $0.kind == .table })
    else {
      return
    }
    let entry = profile.selfMapBits | rule.address.entryBits(of: editor.root.lower)
    try editor.setEntry(entry, at: 0, for: VirtualAddress(address), in: &memory)
  }

  // MARK: Isolation

  /// The user copy of the kernel page table: cpu_entry_area and the text of the ways in and out, nothing else
  /// (`pti_init`, `arch/x86/mm/pti.c`). With 4 levels the tables below cpu_entry_area's entry are shared.
  mutating func makeUserCopy() throws(EditError) {
    guard let root = kernel.isolatedRoot else { return }
    let editor = PageTableEditor(format: format, root: root)
    let area = layout.cpuEntryArea
    let directory = max(0, geometries.count - 2)
    if geometries.count >= 4 {
      // The entry that spans 512 GiB: the top's own, or the p4d's of five levels.
      try copyEntry(for: area.lowerBound, depth: geometries.count - 4, to: editor)
    } else {
      for address in stride(
        from: area.lowerBound, to: area.upperBound, by: 1 << Int(geometries[directory].shift))
      {
        try copyEntry(for: address, depth: directory, to: editor)
      }
    }
    try copyEntry(for: entryText, depth: directory, to: editor)
  }

  /// Where the ways in and out of the kernel are: at the text's end.
  var entryText: UInt64 { layout.image.lowerBound &+ profile.image.textByteCount &- pageByteCount }

  private mutating func copyEntry(
    for address: UInt64, depth: Int, to editor: PageTableEditor
  ) throws(EditError) {
    let entry = try kernel.editor.entry(at: depth, for: VirtualAddress(address), in: memory)
    _ = try editor.locateMakingTables(VirtualAddress(address), depth: depth, in: &memory, frames: &frames)
    try editor.setEntry(entry, at: depth, for: VirtualAddress(address), in: &memory)
  }

  // MARK: What each table is

  /// Writes down level and place of every table of the master.
  mutating func noteKernelTables() {
    frames.newTables.removeAll(keepingCapacity: true)
    var roots = [kernel.root]
    if let user = kernel.isolatedRoot { roots.append(user) }
    for root in roots {
      for region in profile.format.regions.elements {
        let table = root[region.root].rawValue
        frames[table >> pageSizeBits].level = region.firstDepth
        noteTables(
          in: table, depth: Int(region.firstDepth), indexBits: region.firstIndexBits,
          first: region.first.rawValue & ~regionMask(region))
      }
    }
  }

  private func regionMask(_ region: Region) -> UInt64 {
    let bits = UInt64(geometries[Int(region.firstDepth)].shift) + UInt64(region.firstIndexBits)
    return bits >= 64 ? .max : (1 << bits) - 1
  }

  private mutating func noteTables(in table: UInt64, depth: Int, indexBits: UInt8, first: UInt64) {
    guard depth < lastDepth else { return }
    let geometry = geometries[depth]
    for index in 0..<UInt64(1) << UInt64(indexBits) {
      let entry = load(table &+ index << UInt64(geometry.entrySizeBits), geometry)
      guard geometry.isTable(entry) else { continue }
      let next = geometry.tableAddress(entry)
      let frame = next >> pageSizeBits
      // A self map leads back to the top.
      guard frames.isRAM(frame), next != table, frames[frame].level <= UInt8(depth) else { continue }
      // The upper half's addresses go on with ones.
      let address = first | index << UInt64(geometry.shift)
      frames[frame].kind = .pageTable
      frames[frame].level = UInt8(depth + 1)
      frames[frame].index = extended(address)
      noteTables(in: next, depth: depth + 1, indexBits: geometries[depth + 1].indexBits, first: address)
    }
  }

  /// The address as the processor wants it: canonical.
  private func extended(_ address: UInt64) -> UInt64 {
    let bits = UInt64(geometries[0].shift) + UInt64(geometries[0].indexBits)
    guard format.paging.addressBits == 64, bits < 64, address >> (bits - 1) & 1 == 1 else { return address }
    return address | ~((1 << bits) - 1)
  }
}
