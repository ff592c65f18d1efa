extension LabMatrix {
  /// - Throws: `BootError` or `MachineError`.
  static func run(_ profile: Profile, _ workload: LabWorkload) throws -> Row {
    try workload.validate()
    var machine = try Machine.boot(profile)
    let before = machine.counters
    if workload.earlyByteCount > 0 { try machine.vmalloc(byteCount: workload.earlyByteCount, owner: "early") }
    var tasks: [Task] = []
    for number in 0..<workload.processCount { tasks.append(try machine.spawn("process\(number)")) }
    for task in tasks { try machine.run(task) }
    let master = machine.firstLevelEntryCount
    try machine.run(machine.spawnKernelThread("kworker"))
    let area = try machine.vmalloc(byteCount: workload.byteCount, owner: "late")
    let changed = machine.firstLevelEntryCount - master
    let first = tasks.map { machine.missingEntries(of: $0) }
    for task in tasks.dropFirst(workload.sleeperCount) { try machine.run(task) }
    let between = tasks.map { machine.missingEntries(of: $0) }
    tasks.append(try machine.spawn("late"))
    let lateMissing = tasks.last.map { machine.missingEntries(of: $0) } ?? []
    var processes: [Process] = []
    for (place, task) in tasks.enumerated() {
      let isLate = place >= workload.processCount
      let faults = machine.counters.vmallocFaults
      try machine.run(task)
      let oopses = machine.readArea(area)
      processes.append(
        Process(
          pid: task.pid, role: isLate ? .late : place < workload.sleeperCount ? .slept : .ran,
          missingAtFirst: isLate ? lateMissing : first[place],
          missingAfterRunning: isLate ? lateMissing : between[place], missingAtEnd: [],
          faultCount: machine.counters.vmallocFaults &- faults, oopsCount: oopses))
    }
    for place in processes.indices {
      processes[place].missingAtEnd = machine.missingEntries(of: tasks[place])
    }
    return row(machine, processes, since: before, changed: changed)
  }

  private static func row(
    _ machine: borrowing Machine, _ processes: [Process], since before: Counters, changed: Int
  ) -> Row {
    let after = machine.counters
    return Row(
      profile: machine.profile.name, release: "\(machine.profile.release)",
      policy: machine.profile.vmallocPolicy, processes: processes,
      faultCount: after.vmallocFaults &- before.vmallocFaults,
      faultedEntryCount: after.copiedKernelEntries &- before.copiedKernelEntries,
      synchronisedEntryCount: after.synchronisedKernelEntries &- before.synchronisedKernelEntries,
      visitedRootCount: after.visitedRoots &- before.visitedRoots,
      staleCountAtFirst: processes.reduce(0) { $0 + $1.missingAtFirst.count },
      staleCountAfterRunning: processes.reduce(0) { $0 + $1.missingAfterRunning.count },
      staleCountAtEnd: processes.reduce(0) { $0 + $1.missingAtEnd.count },
      oopsCount: processes.reduce(0) { $0 + $1.oopsCount }, changedMasterEntryCount: changed,
      preallocatedTableCount: machine.preallocatedTableCount, inconsistencies: machine.check())
  }
}

extension Machine {
  fileprivate func missingEntries(of task: Task) -> [UInt64] {
    task.space.map { missingKernelEntries(of: $0) } ?? []
  }

  /// Reads a byte of each page in kernel mode; how many reads ended in an oops.
  fileprivate mutating func readArea(_ area: VmallocArea) -> Int {
    var oopses = 0
    for address in stride(from: area.range.lowerBound, to: area.range.upperBound, by: Int(pageByteCount)) {
      guard case .completed = access(.read, at: address, isUser: false) else {
        oopses += 1
        continue
      }
    }
    return oopses
  }
}
