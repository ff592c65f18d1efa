import PageTableEditing
import PageTables

extension Machine {
  /// A new address space without areas: `mm_alloc`, with `pgd_alloc` of the profile's architecture.
  ///
  /// It has what the kernel page table's top level holds at this instant; what the kernel adds there later,
  /// it lacks until somebody brings it. The copy and the entry in the list of spaces are one step, as under
  /// `pgd_lock`: whoever walks the list misses none.
  mutating func makeSpace() throws(MachineError) -> AddressSpace {
    let id = nextSpaceID
    frames.tableOwner = id
    defer { frames.newTables.removeAll(keepingCapacity: true) }
    var roots = makeRoots()
    while roots == nil, makeRoom(zone: .normal) { roots = makeRoots() }
    guard let (root, user) = roots else { throw .outOfFrames("the top table of an address space") }
    nextSpaceID += 1
    let space = AddressSpace(
      id: id, editor: PageTableEditor(format: format, root: root), isolatedRoot: user,
      levelCount: geometries.count)
    do throws(EditError) {
      try makeFirstTables(of: space)
    } catch {
      freeTables(of: space)
      throw .outOfFrames("the first tables of an address space")
    }
    locks.acquire(.pgd)
    copyKernelHalf(to: space)
    copyPrivateTables(to: space)
    // The entry exists at the top: it cannot fail.
    if let address = profile.selfMapAddress { try? mapTopTable(at: address, of: space.editor) }
    space.vmallocSequence = kernel.vmallocSequence
    kernel.spaces.append(AddressSpaceReference(space: space))
    locks.release(.pgd)
    return space
  }

  /// Gives an address space's last tables back, the top one included (`__mmdrop`, `pgd_free`): when no task
  /// runs in it any more and no CPU borrows it.
  ///
  /// What areas mapped must have been unmapped: pages are not looked at.
  mutating func releaseSpace(_ space: AddressSpace) {
    locks.acquire(.pgd)
    kernel.spaces.removeAll { $0.space == nil || $0.space === space }
    locks.release(.pgd)
    freeTables(of: space)
  }

  // MARK: The top table

  /// An empty top table, and with isolation the one for user mode in the page behind.
  private mutating func makeRoots() -> (PageTableRoot, PageTableRoot?)? {
    let bits = Int(pageSizeBits)
    let order = max(0, Int(format.rootSizeBits(for: .lower) ?? UInt8(bits)) - bits)
    let pair = profile.isIsolated ? order + 1 : order
    guard pair < Zone.orderCount, let first = frames.allocate(sizeBits: UInt8(bits + pair)) else {
      return nil
    }
    try? memory.zero(at: first, count: 1 << (bits + pair))
    let root: PageTableRoot
    if case .separateRoot = profile.kernelHalf {
      root = PageTableRoot(lower: first, upper: kernel.root.upper)
    } else {
      root = PageTableRoot(first)
    }
    return (root, profile.isIsolated ? PageTableRoot(first.advanced(byBytes: pageByteCount)) : nil)
  }

  /// Copies the master's top-level entries for kernel addresses. The tables that they name are shared.
  private mutating func copyKernelHalf(to space: AddressSpace) {
    let first: UInt64
    switch profile.kernelHalf {
    case .separateRoot: return
    case .copied(let address): first = address
    case .privateTable(_, let shared):
      // Past the space's end: nothing is shared.
      guard format.paging.addressBits == 64 || shared <= 0xffff_ffff else { return }
      first = shared
    }
    for offset in topEntries(from: first) {
      copyTopEntry(at: offset, from: kernel.root, to: space.root)
      // `clone_pgd_range` copies both of a pair.
      if let user = space.isolatedRoot, let master = kernel.isolatedRoot {
        copyTopEntry(at: offset, from: master, to: user)
      }
    }
  }

  private mutating func copyTopEntry(at offset: UInt64, from: PageTableRoot, to: PageTableRoot) {
    let word = load(from.lower.rawValue &+ offset, geometries[0])
    if word != 0 { store(word, at: to.lower.rawValue &+ offset, geometries[0]) }
  }

  /// The offsets, in the top table, of the entries that serve `address` and all above it.
  func topEntries(from address: UInt64) -> StrideTo<UInt64> {
    let geometry = geometries[0]
    let region = profile.format.region(of: VirtualAddress(address))
    let bits = region?.firstIndexBits ?? geometry.indexBits
    let count: UInt64 = 1 << UInt64(bits)
    let index = (address >> UInt64(geometry.shift)) & (count - 1)
    let size: UInt64 = 1 << UInt64(geometry.entrySizeBits)
    return stride(from: index * size, to: count * size, by: UInt64.Stride(size))
  }

  // MARK: Tables from the start

  private mutating func makeFirstTables(of space: AddressSpace) throws(EditError) {
    if profile.preallocatesUserTables {
      for address in stride(from: 0, to: profile.pageOffset, by: 1 << Int(geometries[0].shift)) {
        try makeTable(for: address, of: space, depth: 1)
      }
    }
    if case .privateTable(let from, _) = profile.kernelHalf {
      let end = profile.copiesPrivateTable ? UInt64(0x1_0000_0000) : from &+ 1
      for address in stride(from: from, to: end, by: 1 << Int(geometries[0].shift)) {
        try makeTable(for: address, of: space, depth: 1)
        if profile.copiesPrivateTable { try makeUserTable(for: address, of: space) }
      }
    }
    if profile.hasLowVectors { try mapLowVectors(in: space) }
  }

  private mutating func makeTable(
    for address: UInt64, of space: AddressSpace, depth: Int
  ) throws(EditError) {
    guard makeSlot(for: address, in: space, depth: depth) != nil else {
      throw EditError(.outOfFrames(sizeBits: profile.format.pageSizeBits))
    }
  }

  /// PAE with isolation: user mode has a second-level table of its own for each GiB of the kernel's, too. All
  /// count in VmPTE (seen in the status files of Debian's 6.1).
  private mutating func makeUserTable(for address: UInt64, of space: AddressSpace) throws(EditError) {
    guard let user = space.isolatedRoot else { return }
    guard let frame = allocateFrames(zone: .normal, kind: .pageTable, owner: space.id, index: address) else {
      throw EditError(.outOfFrames(sizeBits: profile.format.pageSizeBits))
    }
    try? memory.zero(at: PhysicalAddress(frame << pageSizeBits), count: Int(pageByteCount))
    frames[frame].level = 1
    space.tableCounts[1] += 1
    let offset = topOffset(of: address)
    let kernelEntry = load(space.root.lower.rawValue &+ offset, geometries[0])
    let mask = geometries[0].tableAddressMask
    store(kernelEntry & ~mask | frame << pageSizeBits, at: user.lower.rawValue &+ offset, geometries[0])
  }

  /// The kernel's second-level tables are copied, those of user mode from the master's user copy
  /// (`pgd_prepopulate_pmd`, `pgd_prepopulate_user_pmd`, `arch/x86/mm/pgtable.c`, 6.1).
  private mutating func copyPrivateTables(to space: AddressSpace) {
    guard profile.copiesPrivateTable, case .privateTable(let from, _) = profile.kernelHalf else { return }
    for address in stride(from: from, to: 0x1_0000_0000, by: 1 << Int(geometries[0].shift)) {
      copyTable(for: address, from: kernel.root, to: space.root)
      if let user = space.isolatedRoot, let master = kernel.isolatedRoot {
        copyTable(for: address, from: master, to: user)
      }
    }
  }

  /// Copies all entries of the second-level table that serves `address`, where both roots have one.
  private mutating func copyTable(for address: UInt64, from: PageTableRoot, to: PageTableRoot) {
    let first = address & ~((UInt64(1) << UInt64(geometries[0].shift)) &- 1)
    guard let source = slot(for: first, root: from, depth: 1),
      let target = slot(for: first, root: to, depth: 1)
    else { return }
    for index in 0..<source.remainingCount {
      let offset = index << UInt64(geometries[1].entrySizeBits)
      store(load(source.address &+ offset, geometries[1]), at: target.address &+ offset, geometries[1])
    }
  }

  /// ARM without high vectors: page 0 and page 1 of the process are the vectors (`pgd_alloc`,
  /// `arch/arm/mm/pgd.c`).
  private mutating func mapLowVectors(in space: AddressSpace) throws(EditError) {
    for page in 0..<UInt64(2) {
      let address = page << pageSizeBits
      try makeTable(for: address, of: space, depth: lastDepth)
      guard let source = slot(for: layout.vectors.lowerBound &+ address, root: kernel.root, depth: lastDepth),
        let target = slot(for: address, root: space.root, depth: lastDepth)
      else { continue }
      writeEntry(entry(at: source, depth: lastDepth), at: target, depth: lastDepth)
    }
  }

  // MARK: Isolation

  /// The offset, in the top table, of the entry that serves `address`.
  func topOffset(of address: UInt64) -> UInt64 {
    let region = profile.format.region(of: VirtualAddress(address))
    let bits = UInt64(region?.firstIndexBits ?? geometries[0].indexBits)
    let index = (address >> UInt64(geometries[0].shift)) & ((1 << bits) - 1)
    return index << UInt64(geometries[0].entrySizeBits)
  }

  /// What `set_pgd` does with isolation for an entry of the user's half: the user copy gets it, too, and the
  /// kernel's forbids execution, so that a return to user mode with the kernel's root faults at once
  /// (`__pti_set_user_pgtbl`, `arch/x86/mm/pti.c`). PAE's top entries have no such bit.
  mutating func mirrorTopEntry(for address: UInt64, in space: AddressSpace) {
    guard let user = space.isolatedRoot, address < profile.taskSize else { return }
    let offset = topOffset(of: address)
    let place = space.root.lower.rawValue &+ offset
    let word = load(place, geometries[0])
    let noExecute = UInt64(1) << 63
    let isLong = format.paging.addressBits == 64
    store(isLong ? word & ~noExecute : word, at: user.lower.rawValue &+ offset, geometries[0])
    if isLong, word != 0 { store(word | noExecute, at: place, geometries[0]) }
  }

  // MARK: Freeing

  /// Frees the tables of a space that still are, its own only: shared ones belong to the master.
  private mutating func freeTables(of space: AddressSpace) {
    let bits = Int(pageSizeBits)
    let indexBits = profile.format.region(of: VirtualAddress(0))?.firstIndexBits ?? geometries[0].indexBits
    if let user = space.isolatedRoot {
      freeTables(below: user.lower.rawValue, depth: 0, indexBits: indexBits, of: space)
    }
    freeTables(below: space.root.lower.rawValue, depth: 0, indexBits: indexBits, of: space)
    let root = space.root.lower.rawValue >> pageSizeBits
    guard frames[root].kind == .pageTable, frames[root].owner == space.id else { return }
    let order = max(0, Int(format.rootSizeBits(for: .lower) ?? UInt8(bits)) - bits)
    frames.free(root, order: profile.isIsolated ? order + 1 : order)
  }

  private mutating func freeTables(below table: UInt64, depth: Int, indexBits: UInt8, of space: AddressSpace)
  {
    guard depth < lastDepth else { return }
    let geometry = geometries[depth]
    for index in 0..<UInt64(1) << UInt64(indexBits) {
      let place = table &+ index << UInt64(geometry.entrySizeBits)
      let entry = load(place, geometry)
      guard geometry.isTable(entry) else { continue }
      let next = geometry.tableAddress(entry)
      let frame = next >> pageSizeBits
      // Neighbours may lie in one frame (ARM), and a top entry in both of a pair.
      guard next != table, frames.isRAM(frame), frames[frame].kind == .pageTable,
        frames[frame].owner == space.id, Int(frames[frame].level) == depth + 1
      else { continue }
      freeTables(below: next, depth: depth + 1, indexBits: geometries[depth + 1].indexBits, of: space)
      store(0, at: place, geometry)
      space.tableCounts[depth + 1] -= 1
      frames.free(frame, order: 0)
      log.add(.freed(frame: frame))
    }
  }
}
