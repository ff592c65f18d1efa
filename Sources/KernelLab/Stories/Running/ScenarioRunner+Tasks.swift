import PageTableEditing
import PageTables

extension ScenarioRunner {
  /// The task that a line means.
  func find(_ reference: TaskReference) throws(MachineError) -> Task {
    switch reference {
    case .pid(let pid): return try machine.task(pid)
    case .name(let name):
      guard let pid = taskPIDs[name] else { throw .badArgument("'\(name)' has not been made yet") }
      return try machine.task(pid)
    case .kernel: throw .badArgument("the kernel is no task")
    }
  }

  /// The address space of a task that has one.
  func space(of reference: TaskReference) throws(MachineError) -> (task: Task, space: AddressSpace) {
    let task = try find(reference)
    guard let space = task.space else { throw .isKernelThread(pid: task.pid) }
    return (task, space)
  }

  mutating func spawn(_ name: String, pid: Expression?, into record: inout ActionRecord) throws(MachineError)
  {
    if let pid = pid?.value(addresses) {
      guard pid > 0, pid < 1 << 22 else { throw .badArgument("PIDs are 1 to 4194303, not \(pid)") }
      guard Int(pid) >= machine.nextPID else {
        throw .badArgument("PID \(pid) has been given already; the next is \(machine.nextPID)")
      }
      machine.nextPID = Int(pid)
    }
    let task = try machine.spawn(name)
    taskPIDs[name] = task.pid
    say(
      "\(name) is \(task.pid)\(task.space.map { ", root \(hexadecimal($0.root.lower.rawValue))" } ?? "")",
      &record)
  }

  /// Lets the next allocations have these frames.
  mutating func choose(_ frames: [UInt64]) throws(MachineError) {
    for frame in frames {
      guard machine.frames.descriptor(of: frame)?.kind == .free else {
        throw .badArgument("frame \(hexadecimal(frame)) is not free, or not in RAM")
      }
    }
    machine.frames.chosen = frames
  }

  // MARK: Accesses

  /// Takes a task that runs elsewhere off the question: one task runs on one CPU.
  func leaveOthers(_ task: Task, for cpu: Int) throws(MachineError) {
    for other in machine.cpus.indices where other != cpu {
      if machine.cpus[other].task === task {
        throw .badArgument(
          "task \(task.pid) runs on CPU \(other): write 'cpu \(other):', or switch another task there first")
      }
    }
  }

  /// The CPU on which `task` runs, switching to it if need be.
  private mutating func cpu(for task: Task, asked: Int?) throws(MachineError) -> Int {
    if let asked {
      guard machine.cpus.indices.contains(asked) else { throw .noSuchCPU(asked) }
      if machine.cpus[asked].task === task { return asked }
      try leaveOthers(task, for: asked)
      try machine.run(task, cpu: asked)
      return asked
    }
    for cpu in machine.cpus.indices where machine.cpus[cpu].task === task { return cpu }
    try machine.run(task, cpu: 0)
    return 0
  }

  /// Bytes of a word that `read` and `write` move.
  var wordByteCount: Int { machine.profile.format.addressBits == 32 ? 4 : 8 }

  mutating func access(
    _ kind: MemoryAccess.Kind, by actor: TaskReference, at address: UInt64, value: UInt64?, cpu asked: Int?
  ) throws(MachineError) -> AccessReport {
    let cpu: Int
    var task: Task?
    if actor == .kernel {
      cpu = asked ?? 0
      guard machine.cpus.indices.contains(cpu) else { throw .noSuchCPU(cpu) }
      task = machine.cpus[cpu].task
    } else {
      let found = try find(actor)
      guard found.space != nil else { throw .isKernelThread(pid: found.pid) }
      cpu = try self.cpu(for: found, asked: asked)
      task = found
    }
    guard address & UInt64(wordByteCount - 1) == 0 || kind == .execute || value == nil && kind == .write
    else {
      throw .badArgument("\(hexadecimal(address)) is not a multiple of \(wordByteCount): words are aligned")
    }
    let minor = task?.minorFaultCount ?? 0
    let major = task?.majorFaultCount ?? 0
    let vmalloc = machine.counters.vmallocFaults
    let outcome = machine.access(kind, at: address, isUser: actor != .kernel, cpu: cpu)
    var report = AccessReport(kind: kind, outcome: outcome)
    report.minorFaults = (task?.minorFaultCount ?? 0) &- minor
    report.majorFaults = (task?.majorFaultCount ?? 0) &- major
    report.vmallocFaults = machine.counters.vmallocFaults &- vmalloc
    guard case .completed(let physical) = outcome else { return report }
    if kind == .write, let value {
      store(value, at: physical)
      report.value = word(at: physical)
    } else if kind == .read {
      report.value = word(at: physical)
    }
    return report
  }
}
