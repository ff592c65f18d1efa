import PageTables

// When the kernel changes an entry that a TLB may hold, it must tell the TLBs. Sources: `arch/x86/mm/tlb.c`
// (6.1), `arch/arm/include/asm/tlbflush.h`, `arch/arm64/include/asm/tlbflush.h`, `arch/riscv/mm/tlbflush.c`,
// `arch/alpha/kernel/smp.c`.

extension Machine {
  /// Forgets the translations of a range of a space, on all CPUs that may have them (`flush_tlb_range`).
  ///
  /// - Parameter freesTables: page tables go too: CPUs in lazy TLB mode cannot wait, as the processor may read
  ///   tables whenever it likes.
  public mutating func flush(_ range: Range<UInt64>, of space: AddressSpace, freesTables: Bool = false) {
    guard !range.isEmpty else { return }
    if kernel.missesFlushes { return declareStale(range, space: space) }
    let pages = (range.upperBound &- range.lowerBound) >> pageSizeBits
    let isWhole = profile.flushCeilingPages.map { pages > $0 } ?? false
    flush(isWhole ? nil : range, of: space, freesTables: freesTables)
  }

  /// Forgets one page of a space (`flush_tlb_page`).
  public mutating func flush(page address: UInt64, of space: AddressSpace) {
    let start = address & ~(pageByteCount &- 1)
    if kernel.missesFlushes { return declareStale(start..<start &+ pageByteCount, space: space) }
    flush(start..<start &+ pageByteCount, of: space, freesTables: false)
  }

  /// Forgets all of a space (`flush_tlb_mm`).
  public mutating func flushAll(_ space: AddressSpace, freesTables: Bool = false) {
    if kernel.missesFlushes { return declareStale(0..<profile.taskSize, space: space) }
    flush(nil, of: space, freesTables: freesTables)
  }

  /// nil: all of the space.
  private mutating func flush(_ range: Range<UInt64>?, of space: AddressSpace, freesTables: Bool) {
    space.flushGeneration &+= 1
    switch profile.tagScheme {
    case .slots: flushSlots(range, of: space, freesTables: freesTables)
    case .shared where profile.broadcastsFlushes:
      guard space.contextID != 0 else { return }
      counters.broadcastFlushes &+= 1
      let tag = UInt16(truncatingIfNeeded: space.contextID & kernel.asids.asidMask)
      for cpu in cpus.indices { forget(range, tag: tag, cpu: cpu) }
    case .shared:
      guard space.contextID != 0 else { return }
      let tag = UInt16(truncatingIfNeeded: space.contextID & kernel.asids.asidMask)
      for cpu in space.cpus {
        interrupt(cpu)
        forget(range, tag: tag, cpu: cpu)
      }
    case .none:
      for cpu in space.cpus {
        interrupt(cpu)
        forget(range, tag: 0, cpu: cpu)
      }
    case .perCPU: flushPerCPU(range, of: space)
    }
  }

  private mutating func interrupt(_ cpu: Int) {
    if cpu != actingCPU { counters.interprocessorFlushes &+= 1 }
  }

  // MARK: x86

  private mutating func flushSlots(_ range: Range<UInt64>?, of space: AddressSpace, freesTables: Bool) {
    for cpu in space.cpus {
      guard cpus.indices.contains(cpu), cpus[cpu].activeSpace === space else { continue }
      if cpu != actingCPU, cpus[cpu].isLazy {
        if profile.defersLazyFlushes, profile.release >= .init(4, 20), !freesTables {
          counters.deferredFlushes &+= 1
          continue
        }
        interrupt(cpu)
        leaveLazyTLB(cpu: cpu)
        continue
      }
      interrupt(cpu)
      let slot = cpus[cpu].context.slot
      let known = cpus[cpu].context.slots[slot].generation
      cpus[cpu].context.slots[slot].generation = space.flushGeneration
      // A CPU that is further behind does not know what else it missed.
      let isNext = known &+ 1 == space.flushGeneration
      forgetLoaded(isNext ? range : nil, cpu: cpu)
    }
  }

  private mutating func forgetLoaded(_ range: Range<UInt64>?, cpu: Int) {
    let (tag, userTag) = (cpus[cpu].tag, cpus[cpu].userTag)
    guard profile.tlb.tagBits > 0 || !profile.isIsolated else {
      // Two roots and no tags: whichever mode it is in, nothing of the other is kept.
      return forget(range, tag: 0, cpu: cpu)
    }
    forget(range, tag: tag, cpu: cpu)
    if userTag != tag { forget(range, tag: userTag, cpu: cpu) }
  }

  // MARK: Alpha

  /// Gives the space a new number where it is loaded, and forgets its number elsewhere: what is kept under the
  /// old one cannot be used again.
  private mutating func flushPerCPU(_ range: Range<UInt64>?, of space: AddressSpace) {
    guard !space.contextIDs.isEmpty else { return }
    for cpu in cpus.indices where space.contextIDs[cpu] != 0 {
      interrupt(cpu)
      let isLoaded = cpus[cpu].activeSpace === space
      if isLoaded, let range, range.upperBound &- range.lowerBound <= pageByteCount {
        forget(range, tag: cpus[cpu].tag, cpu: cpu)
        continue
      }
      space.contextIDs[cpu] = 0
      counters.spaceFlushes &+= 1
      if isLoaded { takeTag(for: space, cpu: cpu) }
      closeStaleWindows(cpu: cpu)
    }
  }

  // MARK: One TLB

  private mutating func forget(_ range: Range<UInt64>?, tag: UInt16, cpu: Int) {
    if let range {
      let pages = (range.upperBound &- range.lowerBound) >> pageSizeBits
      counters.pageFlushes &+= pages
      if pages <= 1 {
        cpus[cpu].tlb.flush(range.lowerBound, tag: tag)
      } else {
        cpus[cpu].tlb.flush(range, tag: tag)
      }
    } else {
      counters.spaceFlushes &+= 1
      cpus[cpu].tlb.flush(tag: tag)
    }
    closeStaleWindows(cpu: cpu)
    log.add(
      .flushed(
        cpu: cpu,
        reason: range.map { "tag \(tag), from \(String($0.lowerBound, radix: 16))" } ?? "tag \(tag)"))
  }

  // MARK: The kernel's half

  /// Forgets translations of kernel addresses on all CPUs (`flush_tlb_kernel_range`).
  public mutating func flushKernel(_ range: Range<UInt64>) {
    guard !range.isEmpty else { return }
    if kernel.missesFlushes { return declareStale(range, space: nil) }
    let pages = (range.upperBound &- range.lowerBound) >> pageSizeBits
    let isWhole = profile.flushCeilingPages.map { pages > $0 } ?? false
    if profile.broadcastsFlushes { counters.broadcastFlushes &+= 1 }
    for cpu in cpus.indices {
      if !profile.broadcastsFlushes { interrupt(cpu) }
      flushKernelHere(range, isWhole: isWhole, cpu: cpu)
    }
  }

  /// The same on one CPU only (`local_flush_tlb_kernel_range`, `kunmap_local`).
  public mutating func flushKernelHere(_ range: Range<UInt64>, cpu: Int) {
    if kernel.missesFlushes { return declareStale(range, space: nil) }
    flushKernelHere(range, isWhole: false, cpu: cpu)
  }

  private mutating func flushKernelHere(_ range: Range<UInt64>, isWhole: Bool, cpu: Int) {
    guard !isWhole else { return forgetAll(cpu: cpu, reason: "a large range of kernel addresses") }
    counters.pageFlushes &+= (range.upperBound &- range.lowerBound) >> pageSizeBits
    cpus[cpu].tlb.flush(range, tag: cpus[cpu].tag)
    // Without global pages each tag has its own translations of the kernel.
    if profile.isIsolated { cpus[cpu].context.invalidatesOthers = true }
    closeStaleWindows(cpu: cpu)
    log.add(.flushed(cpu: cpu, reason: "kernel addresses from \(String(range.lowerBound, radix: 16))"))
  }
}
