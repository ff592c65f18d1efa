import PageTables

extension Machine {
  /// Lets `task` run on a CPU (`context_switch`): loads its page table, unless it is loaded, or unless it is a
  /// thread of the kernel, which borrows what is loaded.
  ///
  /// A task runs on one CPU at a time: the one it ran on before idles, and keeps its table in lazy TLB mode.
  public mutating func run(_ task: Task, cpu: Int = 0) throws(MachineError) {
    guard cpus.indices.contains(cpu) else { throw .noSuchCPU(cpu) }
    guard !task.hasExited else { throw .badArgument("task \(task.pid) has exited") }
    actingCPU = cpu
    for other in cpus.indices where other != cpu && cpus[other].task === task {
      guard highMemory.temporary.places[other].allSatisfy({ $0 == nil }) else {
        throw .badArgument("task \(task.pid) has temporary mappings of CPU \(other): it cannot move")
      }
    }
    try switchTemporaryMappings(from: cpus[cpu].task, to: task, cpu: cpu)
    for other in cpus.indices where other != cpu && cpus[other].task === task { idle(cpu: other) }
    if cpus[cpu].task !== task { counters.switches &+= 1 }
    cpus[cpu].task = task
    guard let space = task.space else { return enterLazyTLB(cpu: cpu) }
    let borrowed = cpus[cpu].isLazy ? cpus[cpu].activeSpace : nil
    load(space, cpu: cpu)
    if let borrowed { dropHolder(of: borrowed) }
  }

  /// Lets nobody run on a CPU: its idle task borrows what is loaded.
  public mutating func idle(cpu: Int) {
    guard cpus.indices.contains(cpu) else { return }
    // A task in the middle of an atomic mapping cannot be taken away: then the mapping stays.
    try? switchTemporaryMappings(from: cpus[cpu].task, to: nil, cpu: cpu)
    cpus[cpu].task = nil
    enterLazyTLB(cpu: cpu)
  }

  /// What a task does with its CPU's page table when it exits (`exit_mm`): it goes on as a borrower.
  ///
  /// The task's space must be given up by the caller after it, with `dropHolder(of:)` once nobody uses it.
  mutating func detach(_ task: Task) {
    for cpu in cpus.indices where cpus[cpu].task === task { idle(cpu: cpu) }
  }

  // MARK: Lazy TLB mode

  /// A thread of the kernel takes over: the user half stays loaded and is not used (`enter_lazy_tlb`).
  private mutating func enterLazyTLB(cpu: Int) {
    guard let space = cpus[cpu].activeSpace else { return }
    if !cpus[cpu].isLazy {
      // mmgrab: the table must not be freed while it is loaded.
      space.holderCount += 1
      cpus[cpu].isLazy = true
      log.add(.decided("CPU \(cpu) borrows the page table of space \(space.id)"))
    }
    if profile.synchronisesAtLazySwitch { synchroniseAtSwitch(space) }
  }

  /// Loads the kernel page table in place of a borrowed one (`leave_mm`: before deep idle states, when a flush
  /// interrupts, when a CPU goes offline).
  public mutating func leaveLazyTLB(cpu: Int) {
    guard cpus.indices.contains(cpu), cpus[cpu].isLazy, let space = cpus[cpu].activeSpace else { return }
    log.add(.decided("CPU \(cpu) loads the kernel page table: nothing of space \(space.id) is needed"))
    space.cpus.remove(cpu)
    loadKernel(cpu: cpu)
    dropHolder(of: space)
  }

  /// One user of a space's page table less (`mmdrop`); the last frees the table's top.
  mutating func dropHolder(of space: AddressSpace) {
    space.holderCount -= 1
    if space.holderCount == 0 { releaseSpace(space) }
  }

  // MARK: Loading

  /// Loads a space's page table (`switch_mm`).
  private mutating func load(_ space: AddressSpace, cpu: Int) {
    let previous = cpus[cpu].activeSpace
    let wasLazy = cpus[cpu].isLazy
    cpus[cpu].isLazy = false
    if previous === space {
      // The same table: nothing to load, unless flushes were put off meanwhile.
      if wasLazy, case .slots = profile.tagScheme { catchUp(space, cpu: cpu) }
      return
    }
    synchroniseAtSwitch(space)
    cpus[cpu].activeSpace = space
    switch profile.tagScheme {
    case .none:
      previous?.cpus.remove(cpu)
      space.cpus.insert(cpu)
      setRoot(of: space, tag: 0, cpu: cpu)
      flushLoaded(cpu: cpu)
    case .slots(let hasTags):
      previous?.cpus.remove(cpu)
      space.cpus.insert(cpu)
      let isNew = chooseSlot(
        contextID: UInt64(space.id) &+ 1, generation: space.flushGeneration, hasTags: hasTags, cpu: cpu)
      let tag = hasTags ? UInt16(truncatingIfNeeded: cpus[cpu].context.slot &+ 1) : 0
      setRoot(of: space, tag: tag, cpu: cpu)
      if isNew { flushLoaded(cpu: cpu) }
    case .shared:
      space.cpus.insert(cpu)
      takeSharedTag(for: space, cpu: cpu)
    case .perCPU:
      space.cpus.insert(cpu)
      takeTag(for: space, cpu: cpu)
    }
  }

  /// Loads the kernel page table itself, which has no user half.
  private mutating func loadKernel(cpu: Int) {
    cpus[cpu].activeSpace = nil
    cpus[cpu].isLazy = false
    var isNew = false
    var tag: UInt16 = 0
    switch profile.tagScheme {
    case .none: isNew = true
    case .slots(let hasTags):
      isNew = chooseSlot(
        contextID: CPUContext.kernelContextID, generation: 1, hasTags: hasTags, cpu: cpu)
      tag = hasTags ? UInt16(truncatingIfNeeded: cpus[cpu].context.slot &+ 1) : 0
    case .shared, .perCPU: break
    }
    counters.rootLoads &+= 1
    cpus[cpu].root = kernel.root
    cpus[cpu].userRoot = kernel.root
    setTags(tag, isIsolated: profile.isIsolated, cpu: cpu)
    if isNew { flushLoaded(cpu: cpu) }
  }

  mutating func setRoot(of space: AddressSpace, tag: UInt16, cpu: Int) {
    counters.rootLoads &+= 1
    var root = space.root
    if profile.kernelHalf == .separateRoot { root.upper = kernel.root.upper }
    cpus[cpu].root = root
    cpus[cpu].userRoot = space.isolatedRoot ?? root
    setTags(tag, isIsolated: space.isolatedRoot != nil, cpu: cpu)
    log.add(.decided("CPU \(cpu) loads the page table of space \(space.id), tag \(tag)"))
  }

  // MARK: Isolation

  /// A tag that no translation is kept under: of the mode that a CPU without tags is not in.
  private static var noTag: UInt16 { .max }

  private mutating func setTags(_ tag: UInt16, isIsolated: Bool, cpu: Int) {
    cpus[cpu].isUserMode = false
    cpus[cpu].tag = tag
    guard isIsolated else {
      cpus[cpu].userTag = tag
      return
    }
    cpus[cpu].userTag = profile.tlb.tagBits > 0 ? tag | CPUContext.userTagBit : Self.noTag
  }

  /// With isolation each way into the kernel and out of it loads the other root; without tags that forgets
  /// what is not global (`SWITCH_TO_KERNEL_CR3`, `arch/x86/entry/calling.h`).
  @inline(never)
  mutating func enterMode(isUser: Bool, cpu: Int) {
    guard cpus[cpu].isUserMode != isUser else { return }
    cpus[cpu].isUserMode = isUser
    guard profile.tlb.tagBits == 0, cpus[cpu].activeSpace?.isolatedRoot != nil else { return }
    counters.rootLoads &+= 1
    cpus[cpu].tag = isUser ? Self.noTag : 0
    cpus[cpu].userTag = isUser ? 0 : Self.noTag
    flushLoaded(cpu: cpu)
  }
}
