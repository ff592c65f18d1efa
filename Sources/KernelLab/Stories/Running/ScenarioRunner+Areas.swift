import PageTables

extension ScenarioRunner {
  /// What a system call gave, if it did not fail.
  func checked(_ result: Int64, _ call: String) throws(MachineError) -> UInt64 {
    if let error = SystemError(result: result) { throw .systemCall(call, error) }
    return UInt64(bitPattern: result)
  }

  /// A range's start and length.
  private func bounds(_ range: RangeExpression) throws(MachineError) -> (start: UInt64, byteCount: UInt64) {
    let start = range.start.value(addresses)
    switch range.extent {
    case .byteCount(let count): return (start, count.value(addresses))
    case .end(let expression):
      let end = expression.value(addresses)
      guard end > start else {
        throw .badArgument("the range \(hexadecimal(start))..\(hexadecimal(end)) ends before it begins")
      }
      return (start, end &- start)
    }
  }

  // MARK: Files and areas

  mutating func file(_ name: String, byteCount: UInt64, isShared: Bool) throws(MachineError) {
    guard byteCount <= UInt64(Int64.max) else {
      throw .badArgument("a file of \(byteCount) bytes is too large")
    }
    if let old = files[name] { machine.close(old) }
    files[name] = machine.makeFile(name, kind: isShared ? .sharedMemory : .disk, byteCount: byteCount)
  }

  mutating func map(_ request: MapRequest, into record: inout ActionRecord) throws(MachineError) {
    let task = try find(request.task)
    guard task.space != nil else { throw .isKernelThread(pid: task.pid) }
    var flags: MappingFlags = request.isShared ? .shared : .private
    var start: UInt64 = 0
    let byteCount: UInt64
    switch request.place {
    case .range(let range):
      (start, byteCount) = try bounds(range)
      flags.insert(.fixed)
    case .anywhere(let size): byteCount = size.value(addresses)
    }
    if request.file == nil { flags.insert(.anonymous) }
    for option in request.options {
      switch option {
      case .growsdown: flags.insert(.growsDown)
      case .locked: flags.insert(.locked)
      case .populate: flags.insert(.populate)
      case .noreserve: flags.insert(.noReserve)
      case .hugetlb: flags.insert(.hugePages)
      case .huge: break
      }
    }
    // Huge pages must be wanted before pages are brought.
    let isHuge = request.options.contains(.huge)
    if isHuge { flags.subtract(.populate) }
    let address = try checked(
      machine.mmap(
        task, at: start, byteCount: byteCount, rights: request.rights, flags: flags,
        file: request.file.flatMap { files[$0] }, byteOffset: request.fileOffset.value(addresses)), "mmap")
    if isHuge {
      try advise(task, address, byteCount, .hugePage)
      if request.options.contains(.populate) {
        try advise(task, address, byteCount, request.rights.contains(.write) ? .populateWrite : .populateRead)
      }
    }
    if let name = request.name { addresses[name] = address }
    say("at \(hexadecimal(address))", &record)
  }

  private mutating func advise(
    _ task: Task, _ start: UInt64, _ byteCount: UInt64, _ advice: MemoryAdvice
  ) throws(MachineError) {
    _ = try checked(
      machine.madvise(task, at: start, byteCount: byteCount, advice: advice.rawValue), "madvise")
  }

  mutating func changeAreas(_ action: Action, into record: inout ActionRecord) throws(MachineError) {
    switch action {
    case .unmap(let task, let range):
      let (start, count) = try bounds(range)
      _ = try checked(machine.munmap(try space(of: task).task, at: start, byteCount: count), "munmap")
    case .protect(let task, let range, let rights):
      let (start, count) = try bounds(range)
      let task = try space(of: task).task
      _ = try checked(machine.mprotect(task, at: start, byteCount: count, rights: rights), "mprotect")
    case .advise(let task, let range, let advice):
      let (start, count) = try bounds(range)
      try advise(try space(of: task).task, start, count, advice.memoryAdvice)
    case .remap(let task, let range, let size, let target):
      let (start, count) = try bounds(range)
      let address = try checked(
        machine.mremap(
          try space(of: task).task, at: start, oldByteCount: count, newByteCount: size.value(addresses),
          flags: target == nil ? .mayMove : [.mayMove, .fixed], to: target?.value(addresses) ?? 0), "mremap")
      say("at \(hexadecimal(address))", &record)
    case .brk(let task, let address):
      let (task, space) = try space(of: task)
      let wanted = address.value(addresses)
      guard space.heapStart != 0 else {
        machine.setHeapStart(wanted, of: task)
        return say("the heap begins at \(hexadecimal(wanted))", &record)
      }
      let end = machine.brk(task, to: wanted)
      if end != wanted { throw .systemCall("brk", .noMemory) }
      say("the heap ends at \(hexadecimal(end))", &record)
    case .lock(let task, let range, let isLocked):
      let (start, count) = try bounds(range)
      let task = try space(of: task).task
      let result =
        isLocked
        ? machine.mlock(task, at: start, byteCount: count)
        : machine.munlock(task, at: start, byteCount: count)
      _ = try checked(result, isLocked ? "mlock" : "munlock")
    default: break
    }
  }

  // MARK: Tasks

  mutating func fork(
    _ parent: TaskReference, name: String?, into record: inout ActionRecord
  ) throws(MachineError) {
    let child = try machine.fork(try find(parent))
    if let name { taskPIDs[name] = child.pid }
    say("the child is \(child.pid)\(name.map { " (\($0))" } ?? "")", &record)
  }

  mutating func exit(_ task: TaskReference) throws(MachineError) { machine.exit(try find(task)) }

  mutating func kernelThread(_ name: String, into record: inout ActionRecord) throws(MachineError) {
    let task = machine.spawnKernelThread(name)
    taskPIDs[name] = task.pid
    say("\(name) is \(task.pid), a thread of the kernel", &record)
  }
}

extension AdviceWord {
  var memoryAdvice: MemoryAdvice {
    switch self {
    case .normal: .normal
    case .random: .random
    case .sequential: .sequential
    case .willneed: .willNeed
    case .dontneed: .dontNeed
    case .free: .free
    case .remove: .remove
    case .dontfork: .dontFork
    case .dofork: .doFork
    case .hugepage: .hugePage
    case .nohugepage: .noHugePage
    case .wipeonfork: .wipeOnFork
    case .keeponfork: .keepOnFork
    case .cold: .cold
    case .pageout: .pageOut
    case .collapse: .collapse
    case .populateRead: .populateRead
    case .populateWrite: .populateWrite
    }
  }
}
