import PageTables

extension Machine {
  /// The addresses of the entries that each root has for itself and that serve a range.
  func ownEntries(of range: Range<UInt64>) -> [UInt64] {
    var addresses: [UInt64] = []
    var address = range.lowerBound
    while address < range.upperBound {
      // Two ranges of a private and a shared table may meet: the level is asked for each.
      guard let depth = ownDepth(of: address) else { return addresses }
      let span: UInt64 = 1 << ownSpanBits(depth: depth)
      addresses.append(address & ~(span - 1))
      let (next, overflow) = (address & ~(span - 1)).addingReportingOverflow(span)
      if overflow { break }
      address = next
    }
    return addresses
  }

  /// Brings one entry to the root of one space, under the locks that protect the list and the table
  /// (`arch_sync_kernel_mappings`, `arch/x86/mm/fault.c`, 5.9).
  mutating func synchronise(_ address: UInt64, space: AddressSpace) -> KernelEntrySync {
    locks.acquire(.upperTables(space.id))
    locks.require(.pgd)
    locks.require(.upperTables(space.id))
    let result = synchronise(address, root: space.root, profile.vmallocRules)
    locks.release(.upperTables(space.id))
    counters.visitedRoots &+= 1
    switch result {
    case .copied(let count), .removed(let count): counters.synchronisedKernelEntries &+= UInt64(count)
    case .mismatch, .unchanged, .masterLacks: break
    }
    return result
  }

  /// Brings the entries that serve a range to all roots (`vmalloc_sync_all`, `arch_sync_kernel_mappings`).
  public mutating func synchroniseAll(_ range: Range<UInt64>) {
    for address in ownEntries(of: range) {
      locks.acquire(.pgd)
      for space in liveSpaces { _ = synchronise(address, space: space) }
      locks.release(.pgd)
    }
  }

  /// ARM: a space whose sequence number is not the master's gets all vmalloc entries before it runs
  /// (`__check_vmalloc_seq`, `arch/arm/mm/ioremap.c`).
  mutating func synchroniseAtSwitch(_ space: AddressSpace) {
    // With long descriptors all share the table (`check_vmalloc_seq` tests CONFIG_ARM_LPAE).
    guard profile.vmallocPolicy == .lazyAndSwitch, codec.hasHardwareWord,
      space.vmallocSequence != kernel.vmallocSequence
    else {
      return
    }
    var rules = profile.vmallocRules
    // It is a memcpy: what the master lacks, the copy lacks.
    rules.copiesAlways = true
    rules.propagatesRemoval = true
    counters.visitedRoots &+= 1
    var count = 0
    for address in ownEntries(of: layout.vmalloc) {
      switch synchronise(address, root: space.root, rules) {
      case .copied(let words), .removed(let words): count += words
      case .mismatch, .unchanged, .masterLacks: break
      }
    }
    counters.synchronisedKernelEntries &+= UInt64(count)
    space.vmallocSequence = kernel.vmallocSequence
    log.add(.decided("space \(space.id) was behind the vmalloc sequence: \(count) entries copied"))
  }
}
