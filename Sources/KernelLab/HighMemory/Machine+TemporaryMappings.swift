extension Machine {
  /// Maps a frame for a moment on one processor (`kmap_atomic`, `kmap_local_page`): a frame of the linear
  /// map is there already; one of high memory gets a place of the fixmap.
  ///
  /// - Parameter type: the purpose (KM_USER0 and its like), where the profile's kernel has places by purpose.
  public mutating func mapTemporarily(
    _ frame: UInt64, cpu: Int = 0, type: Int? = nil
  ) throws(HighMemoryError) -> UInt64 {
    guard frames.isRAM(frame) else { throw .outsideRAM(frame: frame) }
    guard cpus.indices.contains(cpu) else { throw .noSuchCPU(cpu) }
    if let address = linearAddress(of: frame << pageSizeBits) { return address }
    let slotCount = highMemory.temporary.places[cpu].count
    let slot: Int
    switch (profile.usedTemporaryMappingRule, type) {
    case (.typed, let type?):
      guard (0..<slotCount).contains(type) else { throw .badType(type, count: slotCount) }
      guard highMemory.temporary.places[cpu][type] == nil else { throw .isTaken(type: type, cpu: cpu) }
      slot = type
    case (.typed, nil): throw .wrongRule(.typed)
    case (let rule, .some): throw .wrongRule(rule)
    case (.stacked, nil), (.perTask, nil):
      slot = temporaryDepth(cpu)
      guard slot < slotCount else { throw .noPlace(cpu: cpu, slotCount: slotCount) }
    }
    let address = temporaryAddress(slot, cpu: cpu)
    try writeKernelPage(address, frame: frame)
    highMemory.temporary.places[cpu][slot] = frame
    log.add(.decided("place \(slot) of CPU \(cpu)'s temporary mappings"))
    return address
  }

  /// Undoes a temporary mapping, and has this processor forget it (`kunmap_atomic`, `kunmap_local`). Stacked
  /// ones go in reverse order.
  public mutating func unmapTemporarily(_ address: UInt64, cpu: Int = 0) throws(HighMemoryError) {
    guard cpus.indices.contains(cpu) else { throw .noSuchCPU(cpu) }
    if layout.linear.contains(address) { return }
    guard let slot = temporarySlot(of: address, cpu: cpu), highMemory.temporary.places[cpu][slot] != nil
    else {
      throw .notMapped(address: address)
    }
    if profile.usedTemporaryMappingRule != .typed, slot != temporaryDepth(cpu) - 1 {
      throw .wrongOrder(
        address: temporaryAddress(slot, cpu: cpu),
        expected: temporaryAddress(temporaryDepth(cpu) - 1, cpu: cpu))
    }
    try clearTemporaryMapping(slot, cpu: cpu)
  }

  /// How many stacked mappings a processor has.
  func temporaryDepth(_ cpu: Int) -> Int {
    highMemory.temporary.places[cpu].firstIndex(of: nil) ?? highMemory.temporary.places[cpu].count
  }

  /// `__fix_to_virt(FIX_KMAP_BEGIN + type + KM_MAX_IDX * cpu)`: downwards.
  func temporaryAddress(_ slot: Int, cpu: Int) -> UInt64 {
    let index = UInt64(slot + profile.temporaryMappingSlotCount * cpu)
    return layout.temporaryMappings.upperBound &- (index &+ 1) << pageSizeBits
  }

  private func temporarySlot(of address: UInt64, cpu: Int) -> Int? {
    guard layout.temporaryMappings.contains(address) else { return nil }
    let index = Int((layout.temporaryMappings.upperBound &- 1 &- address) >> pageSizeBits)
    let slot = index - profile.temporaryMappingSlotCount * cpu
    return highMemory.temporary.places[cpu].indices.contains(slot) ? slot : nil
  }

  /// Only this processor has used the address, so only its TLB is flushed.
  private mutating func clearTemporaryMapping(_ slot: Int, cpu: Int) throws(HighMemoryError) {
    let address = temporaryAddress(slot, cpu: cpu)
    try clearKernelPage(address)
    flushKernelHere(address..<address &+ pageByteCount, cpu: cpu)
    highMemory.temporary.places[cpu][slot] = nil
  }

  // MARK: Context switch

  /// What a switch does to temporary mappings: those of the task that leaves are taken down and kept, those
  /// of the task that comes are put up again, at the same addresses (`kmap_local_sched_out`,
  /// `kmap_local_sched_in`).
  ///
  /// - Throws: `badArgument` where the kernel would stop: a switch in the middle of a `kmap_atomic`; or the
  ///   move of a task with mappings to another processor.
  mutating func switchTemporaryMappings(from old: Task?, to new: Task?, cpu: Int) throws(MachineError) {
    guard !layout.temporaryMappings.isEmpty, old !== new else { return }
    if let new, let kept = highMemory.temporary.stacks[new.pid], kept.cpu != cpu {
      throw .badArgument(
        "task \(new.pid) has temporary mappings of CPU \(kept.cpu): it cannot move to CPU \(cpu)")
    }
    let depth = temporaryDepth(cpu)
    if profile.usedTemporaryMappingRule != .perTask {
      guard highMemory.temporary.places[cpu].allSatisfy({ $0 == nil }) else {
        throw .badArgument("CPU \(cpu) has atomic mappings: it cannot switch to another task")
      }
      return
    }
    do throws(HighMemoryError) {
      if depth > 0 {
        let kept = highMemory.temporary.places[cpu].compactMap { $0 }
        for slot in (0..<depth).reversed() { try clearTemporaryMapping(slot, cpu: cpu) }
        if let old { highMemory.temporary.stacks[old.pid] = (cpu, kept) }
      }
      guard let new, let kept = highMemory.temporary.stacks.removeValue(forKey: new.pid) else { return }
      for (slot, frame) in kept.frames.enumerated() {
        try writeKernelPage(temporaryAddress(slot, cpu: cpu), frame: frame)
        highMemory.temporary.places[cpu][slot] = frame
      }
    } catch {
      throw .badArgument("\(error)")
    }
  }
}
