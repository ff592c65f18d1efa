import PageTables

extension ScenarioRunner {
  mutating func changeKernel(
    _ action: Action, of statement: Statement, into record: inout ActionRecord
  ) throws(MachineError) {
    let cpu = statement.cpu ?? 0
    switch action {
    case .vmalloc(let name, let size, let isModule):
      let count = size.value(addresses)
      let area =
        isModule
        ? try machine.loadModule(byteCount: count, owner: name, cpu: cpu)
        : try machine.vmalloc(byteCount: count, owner: name, cpu: cpu)
      addresses[name] = area.range.lowerBound
      say("\(name) = \(hexadecimal(area.range.lowerBound)), \(area.frames.count) pages", &record)
    case .vfree(let name): try machine.vfree(addresses[name] ?? 0)
    case .begin(let name, let size, let isModule):
      let count = size.value(addresses)
      let request: VmallocOperation.Request =
        isModule ? .module(byteCount: count) : .allocate(byteCount: count)
      operations[name] = VmallocOperation(request, owner: name, cpu: cpu)
      try advance(name, isWhole: false, into: &record)
    case .advance(let name, let isWhole): try advance(name, isWhole: isWhole, into: &record)
    case .purge: machine.purgeVmalloc()
    case .flushes(let isOn): machine.missFlushes(!isOn)
    case .idle:
      guard machine.cpus.indices.contains(cpu) else { throw .noSuchCPU(cpu) }
      machine.idle(cpu: cpu)
    case .kmap(let name, let task, let address, let isAtomic):
      try kmap(name, task, address.value(addresses), isAtomic: isAtomic, cpu: cpu, into: &record)
    case .kunmap(let name): try kunmap(addresses[name] ?? 0, cpu: cpu)
    default: break
    }
  }

  /// Maps the frame behind a task's address into the kernel's half, for good or for a moment.
  private mutating func kmap(
    _ name: String, _ task: TaskReference, _ address: UInt64, isAtomic: Bool, cpu: Int,
    into record: inout ActionRecord
  ) throws(MachineError) {
    guard let physical = try translation(task, address).mapping?.physical.rawValue else {
      throw .badArgument("nothing is mapped at \(hexadecimal(address))")
    }
    let frame = physical >> machine.pageSizeBits
    let type = isAtomic && machine.profile.usedTemporaryMappingRule == .typed ? 0 : nil
    do throws(HighMemoryError) {
      let mapped =
        isAtomic
        ? try machine.mapTemporarily(frame, cpu: cpu, type: type) : try machine.mapPermanently(frame)
      addresses[name] = mapped | physical & (machine.pageByteCount &- 1)
    } catch {
      throw .badArgument("kmap: \(error)")
    }
    let place = machine.isHighMemory(frame) ? "" : ", in the linear map"
    say("\(name) = \(hexadecimal(addresses[name] ?? 0)): frame \(hexadecimal(frame))\(place)", &record)
  }

  private mutating func kunmap(_ address: UInt64, cpu: Int) throws(MachineError) {
    do throws(HighMemoryError) {
      if machine.layout.pkmap.contains(address) {
        try machine.unmapPermanently(address)
      } else {
        try machine.unmapTemporarily(address, cpu: cpu)
      }
    } catch {
      throw .badArgument("kunmap: \(error)")
    }
  }

  /// Does the next step of a vmalloc, or all that are left.
  private mutating func advance(
    _ name: String, isWhole: Bool, into record: inout ActionRecord
  ) throws(MachineError) {
    guard var operation = operations[name] else {
      throw .badArgument("nothing was begun that is called '\(name)'")
    }
    guard !operation.isDone else { throw .badArgument("'\(name)' is done") }
    operations[name] = nil
    repeat {
      let hasMore = try machine.step(&operation)
      if let area = operation.area { addresses[name] = area.range.lowerBound }
      if !hasMore || !isWhole { break }
    } while true
    say("\(name) = \(hexadecimal(addresses[name] ?? 0)): \(Self.text(of: operation.stage))", &record)
    operations[name] = operation
  }

  private static func text(of stage: VmallocOperation.Stage) -> String {
    switch stage {
    case .allocate: "next: addresses and frames"
    case .map: "has addresses and frames; next: the kernel page table"
    case .synchronise(let entry, let root): "next: entry \(entry) of the process number \(root)"
    case .done: "done"
    }
  }
}

extension MachineError {
  /// The errno's name, where a system call failed as it may.
  var errno: String? {
    if case .systemCall(_, let error) = self { return error.name }
    return nil
  }
}
