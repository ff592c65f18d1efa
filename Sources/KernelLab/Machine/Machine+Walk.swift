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
    let root = access.isUser ? cpus[cpu].userRoot : cpus[cpu].root
    guard let region = region(of: access.address) else {
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
      if geometry.isTable(entry), entry & geometry.tableAccessMask == plainTableBits[depth] {
        table = geometry.tableAddress(entry)
        depth += 1
        if depth < geometries.count { indexBits = geometries[depth].indexBits }
        continue
      }
      if geometry.isLeaf(entry), leaves[depth].isLeafLevel {
        let rights = leafRights(of: entry, depth: depth)
        let sizeBits = UInt64(geometry.leafSizeBits)
        let page = geometry.leafAddress(entry) & ~((1 &<< sizeBits) &- 1)
        return finish(
          access, entryAddress: address, entry: entry, depth: depth, rights: rights, page: page,
          sizeBits: geometry.leafSizeBits, cpu: cpu)
      }
      if geometry.isAbsent(entry) {
        return .failure(PageFault(access: access, cause: .notPresent, depth: depth))
      }
      return walkByRules(access, entryAddress: address, entry: entry, depth: depth, cpu: cpu)
    }
    return .failure(PageFault(access: access, cause: .malformed, depth: lastDepth))
  }

  /// What a leaf allows where the tables above restrict nothing.
  @inline(__always)
  private mutating func leafRights(of entry: UInt64, depth: Int) -> Access {
    let bits = entry & leaves[depth].accessMask
    let slot = RightsCache.slot(depth: depth, bits: bits)
    return rightsCache.known(at: slot, bits: bits) ?? findRights(of: bits, depth: depth, slot: slot)
  }

  /// Not inlined: the format is large, and is to be touched only here.
  @inline(never)
  private mutating func findRights(of bits: UInt64, depth: Int, slot: Int) -> Access {
    let rule = profile.format.level(depth).rules[Int(geometries[depth].leafRuleIndex)]
    let rights = profile.format.narrowed(profile.format.access(of: bits, by: rule))
    rightsCache.keep(rights, at: slot, bits: bits)
    return rights
  }

  /// An entry that only the format's full rules can tell: repeated leaves, supersections, and what is
  /// malformed; or tables that restrict.
  @inline(never)
  private mutating func walkByRules(
    _ access: MemoryAccess, entryAddress: UInt64, entry: UInt64, depth: Int, cpu: Int
  ) -> Result<UInt64, PageFault> {
    let root = access.isUser ? cpus[cpu].userRoot : cpus[cpu].root
    let walker = Walker(format: profile.format, root: root)
    let translation = walker.translate(VirtualAddress(access.address), in: memory)
    let last = translation.steps.count - 1
    switch translation.outcome {
    case .mapped(let mapping):
      return finish(
        access, entryAddress: translation.steps[last].entryAddress.rawValue,
        entry: translation.steps[last].entry, depth: translation.steps[last].depth, rights: mapping.access,
        page: mapping.page.rawValue, sizeBits: mapping.pageSizeBits, cpu: cpu)
    case .stopped(.notPresent):
      return .failure(PageFault(access: access, cause: .notPresent, depth: max(depth, last)))
    case .stopped:
      return .failure(PageFault(access: access, cause: .malformed, depth: max(depth, last)))
    }
  }

  /// A leaf was found: checks the rights, sets *accessed* and *dirty*, fills the TLB.
  @inline(__always)
  private mutating func finish(
    _ access: MemoryAccess, entryAddress: UInt64, entry: UInt64, depth: Int, rights: Access, page: UInt64,
    sizeBits: UInt8, cpu: Int
  ) -> Result<UInt64, PageFault> {
    guard rights.contains(Self.rights(access.kind, isUser: access.isUser)) else {
      return .failure(PageFault(access: access, cause: .permission, depth: depth))
    }
    var rights = rights
    let leaf = leaves[depth]
    let accessed = leaf.accessedMask
    let dirty = leaf.dirtyMask
    if profile.setsAccessedAndDirty {
      let new = entry | accessed | (access.kind == .write ? dirty : 0)
      if new != entry { store(new, at: entryAddress, geometries[depth]) }
      if new & dirty != dirty { rights = rights.subtracting(.write) }
    } else {
      // The kernel notes the first use, and where the processor refuses writes to clean pages the first write.
      if entry & accessed != accessed {
        return .failure(PageFault(access: access, cause: .accessFlag, depth: depth))
      }
      if dirtyIsForHardware, entry & dirty != dirty {
        if access.kind == .write {
          return .failure(PageFault(access: access, cause: .accessFlag, depth: depth))
        }
        rights = rights.subtracting(.write)
      }
    }
    let physical = page | (access.address & ((1 &<< UInt64(sizeBits)) &- 1))
    cpus[cpu].tlb.insert(
      TLB.Entry(
        page: access.address &>> UInt64(sizeBits), physical: page,
        tag: access.isUser ? cpus[cpu].userTag : cpus[cpu].tag, sizeBits: sizeBits, rights: rights.rawValue,
        isGlobal: leaf.isGlobal(entry)))
    log.add(.walked(cpu: cpu, address: access.address, physical: physical, entryCount: depth + 1))
    return .success(physical)
  }

  /// Whether the processor refuses writes to pages that are not *dirty* (RISC-V without Svadu).
  private var dirtyIsForHardware: Bool { profile.architecture == .riscv }
}
