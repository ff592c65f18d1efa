extension Machine {
  // MARK: x86

  /// Chooses the slot of a context (`choose_new_asid`, `arch/x86/mm/tlb.c`, 6.1). True: its translations must
  /// be forgotten.
  mutating func chooseSlot(contextID: UInt64, generation: UInt64, hasTags: Bool, cpu: Int) -> Bool {
    guard hasTags else {
      cpus[cpu].context.slot = 0
      cpus[cpu].context.slots[0] = CPUContext.Slot(contextID: contextID, generation: generation)
      return true
    }
    if cpus[cpu].context.invalidatesOthers {
      // Kernel translations changed while only one slot was loaded: the others are not to be trusted.
      cpus[cpu].context.invalidatesOthers = false
      for slot in 0..<CPUContext.slotCount where slot != cpus[cpu].context.slot {
        cpus[cpu].context.slots[slot].contextID = 0
      }
    }
    for slot in 0..<CPUContext.slotCount where cpus[cpu].context.slots[slot].contextID == contextID {
      let isBehind = cpus[cpu].context.slots[slot].generation < generation
      cpus[cpu].context.slot = slot
      cpus[cpu].context.slots[slot].generation = generation
      return isBehind
    }
    let slot = cpus[cpu].context.nextSlot
    cpus[cpu].context.nextSlot = (slot + 1) % CPUContext.slotCount
    cpus[cpu].context.slot = slot
    cpus[cpu].context.slots[slot] = CPUContext.Slot(contextID: contextID, generation: generation)
    return true
  }

  /// The same table is used again after lazy TLB mode: flushes that this CPU was not interrupted for are done
  /// now, all at once.
  mutating func catchUp(_ space: AddressSpace, cpu: Int) {
    let slot = cpus[cpu].context.slot
    guard cpus[cpu].context.slots[slot].generation < space.flushGeneration else { return }
    cpus[cpu].context.slots[slot].generation = space.flushGeneration
    counters.rootLoads &+= 1
    log.add(.decided("CPU \(cpu) missed flushes of space \(space.id) in lazy TLB mode"))
    flushLoaded(cpu: cpu)
  }

  // MARK: ARM, AArch64, RISC-V

  /// Gives a space an ASID of this generation, and loads it (`check_and_switch_context`,
  /// `arch/arm/mm/context.c`, 6.1).
  mutating func takeSharedTag(for space: AddressSpace, cpu: Int) {
    let isKnown = kernel.asids.isCurrent(space.contextID) && cpus[cpu].context.activeASID != 0
    if !isKnown {
      if !kernel.asids.isCurrent(space.contextID) { renewASID(of: space) }
      if cpus[cpu].context.isFlushPending {
        cpus[cpu].context.isFlushPending = false
        forgetAll(cpu: cpu, reason: "the ASIDs' generation changed")
      }
    }
    cpus[cpu].context.activeASID = space.contextID
    setRoot(of: space, tag: UInt16(truncatingIfNeeded: space.contextID & kernel.asids.asidMask), cpu: cpu)
  }

  private mutating func renewASID(of space: AddressSpace) {
    var contexts = cpus.map(\.context)
    let rollovers = kernel.asids.rolloverCount
    space.contextID = kernel.asids.next(for: space.contextID, contexts: &contexts)
    guard kernel.asids.rolloverCount != rollovers || contexts.contains(where: { $0.reservedASID != 0 }) else {
      return
    }
    counters.asidRollovers &+= UInt64(kernel.asids.rolloverCount - rollovers)
    for cpu in cpus.indices { cpus[cpu].context = contexts[cpu] }
  }

  // MARK: Alpha

  /// Gives a space a number of this CPU's (`__get_new_mm_context`, `arch/alpha/include/asm/mmu_context.h`).
  mutating func takeTag(for space: AddressSpace, cpu: Int) {
    let bits = UInt64(profile.tlb.tagBits)
    if space.contextIDs.isEmpty { space.contextIDs = [UInt64](repeating: 0, count: cpus.count) }
    if cpus[cpu].context.lastASN == 0 { cpus[cpu].context.lastASN = 1 << bits }
    let last = cpus[cpu].context.lastASN
    if (space.contextIDs[cpu] ^ last) >> bits != 0 {
      let mask: UInt64 = (1 << bits) - 1
      var next = last &+ 1
      if last & mask >= mask {
        next = (last & ~mask) &+ (1 << bits)
        counters.asidRollovers &+= 1
        forgetSpaces(cpu: cpu, reason: "all address space numbers were given")
      }
      cpus[cpu].context.lastASN = next
      space.contextIDs[cpu] = next
    }
    setRoot(of: space, tag: UInt16(truncatingIfNeeded: space.contextIDs[cpu] & ((1 << bits) - 1)), cpu: cpu)
  }

  // MARK: Forgetting

  /// What loading a root with a flush forgets: the translations of the tag, user half included; without tags
  /// all that is not global.
  mutating func flushLoaded(cpu: Int) {
    counters.flushingRootLoads &+= 1
    guard profile.tlb.tagBits > 0 else { return forgetSpaces(cpu: cpu, reason: "another root was loaded") }
    cpus[cpu].tlb.flush(tag: cpus[cpu].tag)
    if cpus[cpu].userTag != cpus[cpu].tag { cpus[cpu].tlb.flush(tag: cpus[cpu].userTag) }
    closeStaleWindows(cpu: cpu)
    log.add(.flushed(cpu: cpu, reason: "tag \(cpus[cpu].tag) was loaded with a flush"))
  }

  /// Forgets all that is not global.
  mutating func forgetSpaces(cpu: Int, reason: String) {
    cpus[cpu].tlb.flushAll(includingGlobal: false)
    closeStaleWindows(cpu: cpu)
    log.add(.flushed(cpu: cpu, reason: reason))
  }

  /// Forgets everything.
  mutating func forgetAll(cpu: Int, reason: String) {
    cpus[cpu].tlb.flushAll()
    closeStaleWindows(cpu: cpu)
    log.add(.flushed(cpu: cpu, reason: reason))
  }
}
