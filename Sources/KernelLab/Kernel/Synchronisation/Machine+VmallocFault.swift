import PageTables

extension Machine {
  /// Brings an entry of the kernel's half that the loaded root lacks. nil: it is none of vmalloc's, and the
  /// access is bad.
  ///
  /// The seven rules, in their order:
  ///
  /// 1. The address is one that entries may be missing for.
  /// 2. The fault is a missing entry, not a forbidden access, and comes from the kernel.
  /// 3. The root is the one that the CPU has loaded, not the current task's: a thread of the kernel has none,
  ///    and an interrupt may come in the middle of a switch.
  /// 4. No lock is taken: whoever holds it may be the one who faulted.
  /// 5. The master must have the entry, at every level above.
  /// 6. Only the entry is copied that the root has for itself; if both have one and they differ, that is a bug.
  /// 7. Then the page must be present in the shared table; else the fault would come again forever.
  mutating func vmallocFault(_ fault: PageFault, cpu: Int) -> FaultResolution? {
    let rules = profile.vmallocRules
    let address = fault.access.address
    guard rules.hasFault, isSynchronised(address, rules) else { return nil }
    guard fault.cause == .notPresent, !fault.access.isUser else { return nil }
    // The walk came to the pages' own table: nothing above is missing.
    if !rules.checksPage, fault.depth >= lastDepth { return nil }
    counters.vmallocFaults &+= 1
    switch synchronise(address, root: cpus[cpu].root, rules) {
    case .masterLacks, .removed:
      log.add(.decided("vmalloc fault: the kernel page table has no entry either"))
      return nil
    case .mismatch(let own, let master):
      let reason =
        "kernel BUG in vmalloc_fault: the entry \(String(own, radix: 16)) is not the master's "
        + String(master, radix: 16)
      return .oops(KernelFault(address: address, reason: reason))
    case .copied(let count):
      counters.copiedKernelEntries &+= UInt64(count)
      log.add(.decided("vmalloc fault: the entry is copied from the kernel page table"))
    case .unchanged:
      // Nothing was missing here: it is the level below, which all share, that has nothing.
      if !rules.checksPage { return nil }
      log.add(.decided("vmalloc fault: the root has the entry"))
    }
    if rules.checksPage, !isMappedByMaster(address) {
      log.add(.decided("vmalloc fault: the shared table has no page there"))
      return nil
    }
    if rules.flushesPage {
      let start = address & ~(pageByteCount &- 1)
      cpus[cpu].tlb.flush(start, tag: cpus[cpu].tag)
      counters.pageFlushes &+= 1
    }
    return .retry
  }

  /// Whether a fault at `address` may be one of a missing entry.
  private func isSynchronised(_ address: UInt64, _ rules: VmallocRules) -> Bool {
    if rules.coversKernelHalf { return ownDepth(of: address) != nil }
    return layout.vmalloc.contains(address) || rules.coversModules && layout.modules.contains(address)
  }

  /// Whether the kernel page table has a page at an address: a leaf at any level.
  func isMappedByMaster(_ address: UInt64) -> Bool {
    for depth in geometries.indices {
      guard let slot = slot(for: address, root: kernel.root, depth: depth) else { continue }
      let entry = load(slot.address, geometries[depth])
      if geometries[depth].isAbsent(entry) { return false }
      if depth == lastDepth || !geometries[depth].isTable(entry) { return true }
    }
    return false
  }
}
