import PageTableEditing
import PageTables

extension Machine {
  /// Memory of the kernel's own at addresses that follow each other; its frames need not (`vmalloc`).
  ///
  /// Only the kernel page table is written; other roots get the entry as the profile's policy says.
  ///
  /// - Throws: `outOfFrames`, `outOfKernelSpace`; nothing stays mapped then, but new tables stay.
  @discardableResult
  public mutating func vmalloc(
    byteCount: UInt64, owner: String = "vmalloc", cpu: Int? = nil
  ) throws(MachineError) -> VmallocArea {
    try finish(VmallocOperation(.allocate(byteCount: byteCount), owner: owner, cpu: cpu ?? actingCPU))
  }

  /// The same in the range of modules (`module_alloc`).
  @discardableResult
  public mutating func loadModule(
    byteCount: UInt64, owner: String, cpu: Int? = nil
  ) throws(MachineError) -> VmallocArea {
    try finish(VmallocOperation(.module(byteCount: byteCount), owner: owner, cpu: cpu ?? actingCPU))
  }

  /// Maps frames that the caller has (`vmap`).
  @discardableResult
  public mutating func vmap(
    _ frames: [UInt64], owner: String = "vmap", cpu: Int? = nil
  ) throws(MachineError) -> VmallocArea {
    try finish(VmallocOperation(.map(frames: frames), owner: owner, cpu: cpu ?? actingCPU))
  }

  /// Maps physical addresses, which need not be RAM's (`ioremap`).
  @discardableResult
  public mutating func ioremap(
    physical: UInt64, byteCount: UInt64, owner: String = "ioremap", largestSizeBits: UInt8? = nil,
    cpu: Int? = nil
  ) throws(MachineError) -> VmallocArea {
    let request = VmallocOperation.Request.device(
      physical: physical, byteCount: byteCount,
      largestSizeBits: largestSizeBits ?? profile.format.pageSizeBits)
    return try finish(VmallocOperation(request, owner: owner, cpu: cpu ?? actingCPU))
  }

  private mutating func finish(_ operation: VmallocOperation) throws(MachineError) -> VmallocArea {
    var operation = operation
    while try step(&operation) {}
    guard let area = operation.area else { throw .badArgument("vmalloc ended without an area") }
    return area
  }

  // MARK: Freeing

  /// Frees what was mapped at `address` (`vfree`, `vunmap`, `iounmap`).
  ///
  /// The pages' entries are emptied and their tables stay, so that the entries above, which every root has a
  /// copy of, stay true. The TLBs are flushed later, for many areas at once: until then the addresses are not
  /// used again.
  ///
  /// - Throws: `badArgument` where no area begins.
  public mutating func vfree(_ address: UInt64) throws(MachineError) {
    guard let area = kernel.vmallocArea(at: address), area.range.lowerBound == address, area.kind != .image
    else {
      throw .badArgument("no area of vmalloc begins at \(String(address, radix: 16))")
    }
    let isModule = kernel.modules?.area(at: address) != nil
    let pageBits = pageSizeBits
    do {
      try kernel.editor.unmap(
        VirtualAddress(address), byteCount: area.range.upperBound &- address, in: &memory)
    } catch {
      throw .badArgument("vfree of \(String(address, radix: 16)): \(error)")
    }
    // Large leaves stand where tables do: their entries are the ones that roots have for themselves.
    if let depth = ownDepth(of: address), area.leafSizeBits >= geometries[depth].shift {
      noteChange(area.range)
    }
    locks.acquire(.vmapAreas)
    if isModule {
      kernel.modules?.freeLazily(at: address, pageSizeBits: pageBits)
    } else {
      kernel.vmap.freeLazily(at: address, pageSizeBits: pageBits)
    }
    locks.release(.vmapAreas)
    if area.kind == .allocated {
      for frame in area.frames { frames.drop(frame) }
    }
    log.add(.decided("vfree of \(String(address, radix: 16)): the flush waits for a purge"))
    if kernel.vmap.lazyPages + (kernel.modules?.lazyPages ?? 0) > kernel.lazyMaxPages { purgeVmalloc() }
  }

  /// Flushes freed areas from all TLBs, and makes their addresses available (`__purge_vmap_area_lazy`,
  /// `vm_unmap_aliases`).
  public mutating func purgeVmalloc() {
    locks.acquire(.vmapPurge)
    if profile.vmallocRules.synchronisesAtPurge { synchroniseAll(layout.vmalloc) }
    // With missing flushes the addresses are used again all the same: that is what goes wrong.
    locks.acquire(.vmapAreas)
    let spans = [kernel.vmap.purge(), kernel.modules?.purge() ?? nil].compactMap { $0 }
    locks.release(.vmapAreas)
    for span in spans { flushKernel(span) }
    if !spans.isEmpty { counters.vmallocPurges &+= 1 }
    locks.release(.vmapPurge)
  }

  /// The master's entries that roots have copies of have changed: those who copy at once do it, and ARM's
  /// sequence number is raised.
  mutating func noteChange(_ range: Range<UInt64>) {
    if profile.raisesVmallocSequence, range.overlaps(layout.vmalloc) { kernel.vmallocSequence &+= 1 }
    if profile.vmallocRules.isEager { synchroniseAll(range) }
  }
}
