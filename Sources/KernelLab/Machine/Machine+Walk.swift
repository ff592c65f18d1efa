import PageTableEditing
import PageTables

extension PageFault: Error {}

extension Machine {
  /// The processor's own walk of the tables that a CPU has loaded: sets *accessed* and *dirty* where the
  /// processor does, and fills the TLB.
  mutating func walk(_ access: MemoryAccess, cpu: Int) -> Result<UInt64, PageFault> {
    counters.walks &+= 1
    if profile.hasLinearSegment, !access.isUser, layout.linear.contains(access.address) {
      // The processor's own translation: no table, no entry in the TLB.
      return .success(access.address &- layout.linear.lowerBound &+ layout.physicalOffset)
    }
    let root = cpus[cpu].root
    guard let region = profile.format.region(of: VirtualAddress(access.address)) else {
      return .failure(PageFault(access: access, cause: .notPresent, depth: 0))
    }
    var table = root[region.root].rawValue
    var depth = Int(region.firstDepth)
    var indexBits = region.firstIndexBits
    while depth < geometries.count {
      let geometry = geometries[depth]
      let address = entryAddress(in: table, geometry: geometry, indexBits: indexBits, address: access.address)
      let entry = load(address, geometry)
      counters.walkedEntries &+= 1
      if geometry.isTable(entry) {
        table = geometry.tableAddress(entry)
        depth += 1
        if depth < geometries.count { indexBits = geometries[depth].indexBits }
        continue
      }
      if geometry.isAbsent(entry) {
        return .failure(PageFault(access: access, cause: .notPresent, depth: depth))
      }
      return finish(access, at: address, entry: entry, depth: depth, cpu: cpu)
    }
    return .failure(PageFault(access: access, cause: .malformed, depth: lastDepth))
  }

  /// A leaf, or an entry that only the format's full rules can tell.
  private mutating func finish(
    _ access: MemoryAccess, at entryAddress: UInt64, entry: UInt64, depth: Int, cpu: Int
  ) -> Result<UInt64, PageFault> {
    let walker = Walker(format: profile.format, root: cpus[cpu].root)
    let translation = walker.translate(VirtualAddress(access.address), in: memory)
    func fault(_ cause: PageFault.Cause) -> Result<UInt64, PageFault> {
      .failure(PageFault(access: access, cause: cause, depth: depth))
    }
    guard case .mapped(let mapping) = translation.outcome else {
      if case .stopped(.notPresent) = translation.outcome { return fault(.notPresent) }
      return fault(.malformed)
    }
    let level = profile.format.level(depth)
    let (ruleIndex, _) = level.rule(for: entry)
    let kind = format.kinds.first { $0.depth == depth && $0.ruleIndex == ruleIndex }
    let accessed = kind?.accessedMask ?? 0
    let dirty = kind?.dirtyMask ?? 0
    guard mapping.access.contains(Self.rights(access.kind, isUser: access.isUser)) else {
      return fault(.permission)
    }
    let isOld = entry & accessed != accessed
    let isClean = entry & dirty != dirty
    var rights = mapping.access
    if profile.setsAccessedAndDirty {
      var new = entry | accessed
      if access.kind == .write { new |= dirty }
      if new != entry { store(new, at: entryAddress, geometries[depth]) }
      if isClean, access.kind != .write { rights = rights.subtracting(.write) }
    } else {
      if isOld { return fault(.accessFlag) }
      if isClean, dirtyIsForHardware {
        if access.kind == .write { return fault(.accessFlag) }
        rights = rights.subtracting(.write)
      }
    }
    let sizeBits = mapping.pageSizeBits
    let offsetMask: UInt64 = (1 &<< UInt64(sizeBits)) &- 1
    let physical = mapping.physical.rawValue
    cpus[cpu].tlb.insert(
      TLB.Entry(
        page: access.address &>> UInt64(sizeBits), physical: physical & ~offsetMask, tag: cpus[cpu].tag,
        sizeBits: sizeBits, rights: rights.rawValue, isGlobal: isGlobal(entry, depth: depth)))
    log.add(.walked(cpu: cpu, address: access.address, physical: physical, entryCount: depth + 1))
    return .success(physical)
  }

  /// Whether the processor refuses writes to pages that are not *dirty* (RISC-V without Svadu).
  private var dirtyIsForHardware: Bool { profile.architecture == .riscv }

  /// Whether a translation stays when another process's table is loaded.
  private func isGlobal(_ entry: UInt64, depth: Int) -> Bool {
    switch profile.architecture {
    case .x86: entry & 0x100 != 0 && profile.globalPages
    case .arm: entry & 0x800 == 0
    case .arm64: entry & 0x800 == 0
    case .riscv: entry & 0x20 != 0
    case .alpha: entry & 0x10 != 0
    }
  }
}
