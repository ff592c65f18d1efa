extension Machine {
  /// Lets `task` run on a CPU (`context_switch`, `switch_mm`): loads its page table, unless it is loaded, or
  /// unless it is a thread of the kernel, which borrows what is loaded.
  public mutating func run(_ task: Task, cpu: Int = 0) throws(MachineError) {
    guard cpus.indices.contains(cpu) else { throw .noSuchCPU(cpu) }
    try switchTemporaryMappings(from: cpus[cpu].task, to: task, cpu: cpu)
    counters.switches &+= 1
    cpus[cpu].task = task
    guard let space = task.space, cpus[cpu].activeSpace !== space else { return }
    cpus[cpu].activeSpace = space
    cpus[cpu].root = space.root
    space.cpus.insert(cpu)
    if profile.tlb.tagBits == 0 { cpus[cpu].tlb.flushAll(includingGlobal: false) }
    else { cpus[cpu].tag = UInt16(truncatingIfNeeded: space.id) & ((1 << UInt16(profile.tlb.tagBits)) &- 1) }
  }
}
