extension Machine {
  /// Lets every flush be left out, or no more: what TLBs still hold becomes a declared stale window.
  public mutating func missFlushes(_ isMissing: Bool) { kernel.missesFlushes = isMissing }

  /// Why the TLB of a CPU may have another translation of `address` than the tables that it has loaded; nil: it
  /// may not.
  ///
  /// Only translations that the CPU could use are asked about: global ones, and those of its tags.
  public func staleness(of address: UInt64, cpu: Int) -> Staleness? {
    guard cpus.indices.contains(cpu) else { return nil }
    if kernel.isLazilyFreed(address) { return .lazilyFreed }
    let space = cpus[cpu].activeSpace
    for window in kernel.staleWindows where window.cpus.contains(cpu) && window.range.contains(address) {
      if window.space == nil || window.space == space?.id { return .missingFlush(window) }
    }
    if let space, cpus[cpu].isLazy, address < profile.taskSize, case .slots = profile.tagScheme,
      cpus[cpu].context.slots[cpus[cpu].context.slot].generation < space.flushGeneration
    {
      return .lazyTLB(space: space.id)
    }
    return nil
  }

  /// Writes down what a flush would have made the TLBs forget.
  mutating func declareStale(_ range: Range<UInt64>, space: AddressSpace?) {
    var window = StaleWindow(range: range, space: space?.id, cpus: CPUSet())
    for cpu in cpus.indices where holdsTranslations(cpu: cpu, window) { window.cpus.insert(cpu) }
    log.add(.decided("no flush, as the scenario says: \(window.cpus.count) CPUs hold stale translations"))
    guard !window.cpus.isEmpty, !kernel.staleWindows.contains(window) else { return }
    kernel.staleWindows.append(window)
  }

  /// Takes a CPU out of the windows that its TLB has forgotten.
  mutating func closeStaleWindows(cpu: Int) {
    guard !kernel.staleWindows.isEmpty else { return }
    for place in kernel.staleWindows.indices {
      let window = kernel.staleWindows[place]
      guard window.cpus.contains(cpu), !holdsTranslations(cpu: cpu, window) else { continue }
      kernel.staleWindows[place].cpus.remove(cpu)
    }
    kernel.staleWindows.removeAll { $0.cpus.isEmpty }
  }

  /// Whether a TLB has any translation in a window.
  private func holdsTranslations(cpu: Int, _ window: StaleWindow) -> Bool {
    let tags = window.space.map { self.tags(ofSpace: $0, cpu: cpu) }
    return cpus[cpu].tlb.entries.contains { entry in
      guard entry.sizeBits != 0 else { return false }
      if let tags, !tags.contains(entry.tag) || entry.isGlobal { return false }
      let start = entry.page &<< UInt64(entry.sizeBits)
      let last = start &+ ((1 &<< UInt64(entry.sizeBits)) &- 1)
      return start < window.range.upperBound && last >= window.range.lowerBound
    }
  }

  /// The tags that a CPU keeps a space's translations under.
  func tags(ofSpace id: UInt32, cpu: Int) -> [UInt16] {
    let space = liveSpaces.first { $0.id == id }
    switch profile.tagScheme {
    case .none: return cpus[cpu].activeSpace?.id == id ? [0] : []
    case .slots(hasTags: false): return cpus[cpu].activeSpace?.id == id ? [0] : []
    case .slots(hasTags: true):
      guard
        let slot = cpus[cpu].context.slots.firstIndex(where: { $0.contextID == UInt64(id) &+ 1 })
      else { return [] }
      let tag = UInt16(truncatingIfNeeded: slot &+ 1)
      return profile.isIsolated ? [tag, tag | CPUContext.userTagBit] : [tag]
    case .shared:
      guard let space, space.contextID != 0 else { return [] }
      // A number of an older generation is this space's until the CPU forgets all.
      guard kernel.asids.isCurrent(space.contextID) || cpus[cpu].context.isFlushPending else { return [] }
      return [UInt16(truncatingIfNeeded: space.contextID & kernel.asids.asidMask)]
    case .perCPU:
      guard let space, !space.contextIDs.isEmpty, space.contextIDs[cpu] != 0 else { return [] }
      return [UInt16(truncatingIfNeeded: space.contextIDs[cpu] & ((1 << UInt64(profile.tlb.tagBits)) - 1))]
    }
  }
}
