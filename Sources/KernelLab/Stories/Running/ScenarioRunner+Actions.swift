import PageTables

extension ScenarioRunner {
  mutating func perform(
    _ action: Action, of statement: Statement, into record: inout ActionRecord
  ) throws(MachineError) {
    switch action {
    case .spawn(let name, let pid): try spawn(name, pid: pid, into: &record)
    case .kernelThread(let name): try kernelThread(name, into: &record)
    case .fork(let parent, let name): try fork(parent, name: name, into: &record)
    case .exit(let task): try exit(task)
    case .switchTo(let task):
      let task = try find(task)
      try leaveOthers(task, for: statement.cpu ?? 0)
      try machine.run(task, cpu: statement.cpu ?? 0)
    case .access(let kind, let actor, let address, let value):
      let report = try access(
        kind, by: actor, at: address.value(addresses), value: value?.value(addresses), cpu: statement.cpu)
      lastAccess = report
      if !isQuiet { record.results.append(report.text) }
    case .file(let name, let size, let isShared):
      try file(name, byteCount: size.value(addresses), isShared: isShared)
    case .map(let request): try map(request, into: &record)
    case .hugePagePool(let count):
      let size = machine.resizeHugePagePool(to: Int(clamping: count.value(addresses)))
      let bytes = machine.hasHugePages ? sizeText(machine.hugePageByteCount) : "no size"
      say("the pool has \(size) huge pages of \(bytes)", &record)
    case .khugepaged:
      let count = machine.runKhugepaged()
      say("\(count) huge pages were made of small ones", &record)
    case .locks(let action): try changeLocks(action, of: statement, into: &record)
    case .unmap, .protect, .advise, .remap, .brk, .lock: try changeAreas(action, into: &record)
    case .swapon, .swapoff, .reclaim: try changeSwap(action, into: &record)
    case .vmalloc, .vfree, .begin, .advance, .purge, .flushes, .idle, .kmap, .kunmap:
      try changeKernel(action, of: statement, into: &record)
    case .nameFrame(let name, let actor, let address):
      guard let mapping = try translation(actor, address.value(addresses)).mapping else {
        throw .badArgument("nothing is mapped there: there is no frame to name")
      }
      addresses[name] = mapping.physical.rawValue >> machine.pageSizeBits
      say("\(name) = frame \(hexadecimal(addresses[name] ?? 0))", &record)
    case .nextFrames(let frames): try choose(frames.map { $0.value(addresses) })
    case .walk(let actor, let address): try walk(actor, address.value(addresses), into: &record)
    case .compare: compare(into: &record)
    case .device(let pid, let address):
      try device(pid: pid, address: address, cpu: statement.cpu ?? 0, into: &record)
    case .explain(let isOn):
      explains = isOn || options.explains
      machine.log.isRecording = false
    case .note(let text): record.note = text
    case .define(let name, let expression):
      addresses[name] = expression.value(addresses)
      say("\(name) = \(hexadecimal(addresses[name] ?? 0))", &record)
    case .expect(let expectation):
      let (isMet, seen) = try check(expectation, cpu: statement.cpu)
      note(isMet, seen: seen, statement, into: &record)
    case .repeat: break
    }
  }

  func say(_ text: @autoclosure () -> String, _ record: inout ActionRecord) {
    if !isQuiet { record.results.append(text()) }
  }

  // MARK: Blocks

  mutating func `repeat`(
    _ count: UInt64, variable: String?, body: [Statement], into record: inout ActionRecord
  ) throws(ScenarioError) {
    let wasQuiet = isQuiet
    let wasRecording = machine.log.isRecording
    let before = machine.counters
    let actionsBefore = actionCount
    isQuiet = true
    // What happens a million times is counted, not told.
    machine.log.isRecording = false
    defer {
      isQuiet = wasQuiet
      machine.log.isRecording = wasRecording
    }
    var turn: UInt64 = body.isEmpty ? count : 0
    while turn < count {
      if let variable { addresses[variable] = turn }
      for inner in body { try perform(inner, into: &record) }
      turn &+= 1
    }
    guard !wasQuiet else { return }
    record.results.append("\(count) times, \(actionCount &- actionsBefore) actions")
    let changes = machine.counters.changes(since: before).map { "\($0.name) +\($0.difference)" }
    if !changes.isEmpty { record.results.append(changes.joined(separator: ", ")) }
  }
}
