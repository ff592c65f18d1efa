public import KernelOracle
internal import PageTables

/// Does a program's operations on the lab's machine, and says what is seen of it as the running kernel's side
/// does.
///
/// The first process is laid out as the other side's agent is: its code and its control area, both in memory,
/// and nothing else; they are not shown.
public struct LabRunner: ~Copyable {
  public let conditions: Conditions
  var machine: Machine
  /// The processes by slot.
  var tasks: [Task?]
  var files: [FileObject]
  private var code: FileObject?
  private var control: FileObject?
  /// What an agent has before it does anything.
  var base = KernelOracle.Counters(
    residentAnonymousKiB: 0, residentFileKiB: 0, pageTablesKiB: 0, totalKiB: 0, lockedKiB: 0, dataKiB: 0)
  /// A number for each life of a frame that is in use: never the same again.
  var identities: [UInt64: UInt64] = [:]
  var framesByIdentity: [UInt64: UInt64] = [:]
  private var nextIdentity: UInt64 = 1

  /// - Parameter profile: as `Profile.seen(_:on:)` gives it for these conditions.
  public init(_ profile: Profile, _ conditions: Conditions) throws(VerificationError) {
    do throws(BootError) { machine = try Machine.boot(profile) } catch { throw .lab("\(error)") }
    self.conditions = conditions
    tasks = Array(repeating: nil, count: MemoryOperation.slotCount)
    files = []
    machine.log.isRecording = true
  }

  /// Begins a program: one process in slot 0, empty files.
  public mutating func start() throws(VerificationError) -> Observation {
    clear()
    files = (0..<MemoryOperation.fileCount).map { machine.makeFile("file\($0)") }
    let task: Task
    do throws(MachineError) { task = try machine.spawn("agent") } catch { throw .lab("\(error)") }
    tasks[0] = task
    try layOut(task)
    base = counters(of: task, base: nil)
    noteFrames()
    return Observation(step: nil, processes: look())
  }

  /// Ends everything of the last program; the machine is as it was before.
  public mutating func clear() {
    for case let task? in tasks { machine.exit(task) }
    tasks = tasks.map { _ in nil }
    for cpu in machine.cpus.indices { machine.leaveLazyTLB(cpu: cpu) }
    machine.dropHugeZeros()
    for file in files { machine.close(file) }
    if let code { machine.close(code) }
    if let control { machine.close(control) }
    files = []
    code = nil
    control = nil
    machine.hasLockedMemory = false
    noteFrames()
    identities.removeAll(keepingCapacity: true)
    framesByIdentity.removeAll(keepingCapacity: true)
  }

  /// The agent's areas, and what exec leaves behind: a stack that was there and is gone.
  private mutating func layOut(_ task: Task) throws(VerificationError) {
    let page = machine.pageByteCount
    let stack = (machine.userEnd &- 2 &* page)
    let ranges = [conditions.code, conditions.control]
    guard ranges.allSatisfy({ machine.userRange($0.lowerBound, $0.upperBound &- $0.lowerBound) != nil })
    else {
      throw .lab("the agent's areas are no user addresses")
    }
    let code = machine.makeFile(
      "code", kind: .disk, byteCount: conditions.code.upperBound - conditions.code.lowerBound)
    let control = machine.makeFile(
      "control", byteCount: conditions.control.upperBound - conditions.control.lowerBound)
    self.code = code
    self.control = control
    machine.mmap(
      task, at: stack, byteCount: page, rights: [.read, .write],
      flags: [.private, .anonymous, .fixed, .populate])
    machine.mmap(
      task, at: conditions.code.lowerBound, byteCount: code.byteCount, rights: [.read, .execute],
      flags: [.private, .fixed], file: code)
    machine.mmap(
      task, at: conditions.control.lowerBound, byteCount: control.byteCount, rights: [.read, .write],
      flags: [.shared, .fixed], file: control)
    machine.munmap(task, at: stack, byteCount: page)
    machine.setHeapStart(conditions.code.upperBound, of: task)
    warmUp(task)
  }

  /// What an agent does before it is ready: nothing of its own faults later.
  private mutating func warmUp(_ task: Task) {
    machine.madvise(
      task, at: conditions.control.lowerBound,
      byteCount: conditions.control.upperBound &- conditions.control.lowerBound,
      advice: MemoryAdvice.populateWrite.rawValue)
    machine.madvise(
      task, at: conditions.code.lowerBound,
      byteCount: conditions.code.upperBound &- conditions.code.lowerBound,
      advice: MemoryAdvice.populateRead.rawValue)
  }

  /// Whether a process lives.
  public func lives(_ slot: Int) -> Bool { tasks.indices.contains(slot) && tasks[slot] != nil }

  /// Whether the operation can be done: its process lives, a child's slot is free.
  public func canPerform(_ operation: MemoryOperation) -> Bool {
    guard lives(operation.slot) else { return false }
    if case .fork(let child) = operation.action {
      return tasks.indices.contains(child) && tasks[child] == nil
    }
    if case .exit = operation.action { return tasks.contains { $0 != nil } }
    return true
  }

  /// Does one operation and looks at every process.
  public mutating func perform(_ operation: MemoryOperation) throws(VerificationError) -> Observation {
    let outcome = try run(operation)
    return Observation(step: .init(operation: operation, outcome: outcome), processes: look())
  }

  /// Does one operation and looks at nothing.
  public mutating func run(_ operation: MemoryOperation) throws(VerificationError) -> Outcome {
    guard canPerform(operation), let task = tasks[operation.slot] else {
      throw .lab("'\(operation.text)': there is no such process, or the child's place is taken")
    }
    machine.log.clear()
    let minor = task.minorFaultCount
    let major = task.majorFaultCount
    var outcome = try perform(operation.action, by: task, operation)
    outcome.minorFaults = UInt32(truncatingIfNeeded: task.minorFaultCount &- minor)
    outcome.majorFaults = UInt32(truncatingIfNeeded: task.majorFaultCount &- major)
    switch operation.action {
    case .fork(let child):
      if let task = tasks[child] { warmUp(task) }
    case .exit: outcome = Outcome(value: 0)
    default: break
    }
    noteFrames()
    return outcome
  }

  private mutating func perform(
    _ action: MemoryOperation.Action, by task: Task, _ operation: MemoryOperation
  ) throws(VerificationError) -> Outcome {
    switch action {
    case .touch(let access, let address, let pages):
      return try touch(access == .write ? .write : .read, at: address, pages: pages, task)
    case .fork(let child):
      do throws(MachineError) { tasks[child] = try machine.fork(task) } catch { throw .lab("\(error)") }
      return Outcome(value: 0)
    case .exit:
      tasks[operation.slot] = nil
      machine.exit(task)
      return Outcome(value: 0)
    default:
      guard let value = systemCall(action, by: task) else { throw .notModelled(operation) }
      return Outcome(value: value)
    }
  }

  /// One access to each of some pages; a page that faults is noted and the next one tried.
  private mutating func touch(
    _ kind: MemoryAccess.Kind, at address: UInt64, pages: Int, _ task: Task
  ) throws(VerificationError) -> Outcome {
    do throws(MachineError) { try machine.run(task) } catch { throw .lab("\(error)") }
    var signals: Outcome.Signals?
    for page in 0..<pages {
      switch machine.access(kind, at: address &+ UInt64(page) &* machine.pageByteCount) {
      case .completed: break
      case .signal(let signal):
        signals = Outcome.Signals(
          count: (signals?.count ?? 0) + 1, number: UInt32(signal.number.rawValue),
          code: UInt32(signal.code.rawValue), address: signal.address,
          faultedPages: (signals?.faultedPages ?? 0) | 1 << UInt64(page & 63))
      case .oops(let fault): throw .lab("oops at \(String(fault.address, radix: 16)): \(fault.reason)")
      case .outOfMemory: throw .lab("out of memory: the machine has too few frames for this program")
      }
    }
    return Outcome(value: Int64(signals?.count ?? 0), signals: signals)
  }

  /// Gives every frame that came into use a new number, and forgets those that were freed.
  private mutating func noteFrames() {
    for event in machine.log.events {
      switch event {
      case .allocated(let frame, _):
        identities[frame] = nextIdentity
        framesByIdentity[nextIdentity] = frame
        nextIdentity += 1
      case .freed(let frame):
        if let identity = identities.removeValue(forKey: frame) { framesByIdentity[identity] = nil }
      default: break
      }
    }
    machine.log.clear()
  }
}
