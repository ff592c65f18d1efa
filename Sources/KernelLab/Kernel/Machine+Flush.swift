extension Machine {
  /// Forgets the translations of a range of a process's addresses in every CPU that may have them
  /// (`flush_tlb_range`).
  mutating func flush(_ range: Range<UInt64>, of space: AddressSpace) {
    space.flushGeneration &+= 1
    guard !space.cpus.isEmpty, !range.isEmpty else { return }
    let tag = tlbTag(of: space)
    // As many pages are flushed one by one (`tlb_single_page_flush_ceiling`, arch/x86/mm/tlb.c).
    let isSmall = (range.upperBound &- range.lowerBound) &>> pageSizeBits <= 33
    for cpu in cpus.indices where space.cpus.contains(cpu) {
      if isSmall {
        var address = range.lowerBound
        while address < range.upperBound {
          cpus[cpu].tlb.flush(address, tag: tag)
          address &+= pageByteCount
        }
      } else {
        cpus[cpu].tlb.flush(range, tag: tag)
      }
      log.add(.flushed(cpu: cpu, reason: "the entries of \(range.lowerBound)..<\(range.upperBound) changed"))
    }
  }

  /// The tag that a space's translations are kept under.
  func tlbTag(of space: AddressSpace) -> UInt16 {
    guard profile.tlb.tagBits > 0 else { return 0 }
    return UInt16(truncatingIfNeeded: space.id) & ((1 &<< UInt16(min(profile.tlb.tagBits, 15))) &- 1)
  }
}
