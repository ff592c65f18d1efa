import PageTables

extension ScenarioRunner {
  mutating func changeLocks(
    _ action: LockAction, of statement: Statement, into record: inout ActionRecord
  ) throws(MachineError) {
    switch action {
    case .check(let isOn): machine.locks.isChecking = isOn
    case .forget(let word):
      machine.locks.isChecking = true
      machine.locks.forgotten.insert(word.kind)
    case .take(let reference, let isShared, let isNested):
      let lock = try lock(reference)
      machine.locks.isChecking = true
      beginLocks(statement)
      let cpu = machine.actingCPU
      let isTaken = machine.locks.take(lock, isShared: isShared, isNested: isNested, site: "take")
      if isTaken {
        say("CPU \(cpu) has the \(lock)", &record)
      } else if machine.locks.lockAwaited(by: cpu) == lock {
        say("CPU \(cpu) waits for the \(lock)", &record)
      }
    case .release(let reference):
      let lock = try lock(reference)
      machine.locks.isChecking = true
      beginLocks(statement)
      machine.locks.giveBack(lock, site: "release")
      let next = machine.cpus.indices.first { machine.locks.locksHeld(by: $0).contains(lock) }
      if let next { say("CPU \(next) has the \(lock) now", &record) }
    }
  }

  /// Says to the checker of locks which line comes, and which CPU does it.
  mutating func beginLocks(_ statement: Statement) {
    machine.locks.origin = "line \(statement.position.line)"
    if let cpu = statement.cpu { machine.actingCPU = cpu }
  }

  /// A CPU that a line let wait for a lock does nothing until it has it.
  func checkIsAwake(_ statement: Statement) throws(MachineError) {
    guard let cpu = statement.cpu, let lock = machine.locks.lockAwaited(by: cpu) else { return }
    switch statement.action {
    case .expect, .note, .locks(.release), .explain, .define: return
    default: throw .badArgument("CPU \(cpu) does nothing: it waits for the \(lock)")
    }
  }

  /// What was found wrong with locks on a line: told, and counted as a statement that is not met unless the line
  /// says that it is expected (`=> wrong-order`).
  mutating func endLocks(_ statement: Statement, into record: inout ActionRecord) {
    machine.locks.expectNoneHeld(site: "end of the line", isScenario: true)
    let findings = machine.locks.takeFresh()
    for sentence in machine.locks.takeContentions() { say(sentence, &record) }
    let expected = statement.expected.compactMap { outcome -> LockFinding.Kind? in
      if case .locking(let kind) = outcome { kind } else { nil }
    }
    for finding in findings where expected.contains(finding.kind) { say(finding.description, &record) }
    for finding in findings where !expected.contains(finding.kind) {
      note(false, seen: finding.description, statement, into: &record)
    }
    for kind in expected {
      let isMet = findings.contains { $0.kind == kind }
      note(isMet, seen: "locks were taken in order", statement, into: &record)
    }
  }

  /// Whether a lock is held, by one CPU or by any, and by whom.
  func checkLock(
    _ reference: LockReference, isHeld: Bool, cpu: Int?
  ) throws(MachineError) -> (isMet: Bool, seen: String) {
    let lock = try lock(reference)
    if let cpu, !machine.cpus.indices.contains(cpu) { throw .noSuchCPU(cpu) }
    let holders = machine.cpus.indices.filter { machine.locks.locksHeld(by: $0).contains(lock) }
    let isFound = cpu.map(holders.contains) ?? !holders.isEmpty
    let seen = holders.isEmpty ? "nobody has it" : holders.map { "CPU \($0) has it" }.joined(separator: ", ")
    return (isFound == isHeld, seen)
  }

  /// The lock that a line means.
  private func lock(_ reference: LockReference) throws(MachineError) -> Lock {
    let owner = reference.owner ?? .kernel
    let address = reference.address?.value(addresses) ?? 0
    func slot(depth: Int) throws(MachineError) -> Lock {
      guard depth >= 0, let slot = machine.slot(for: address, root: try root(of: owner), depth: depth) else {
        throw .badArgument("no table of that level serves \(hexadecimal(address)): there is no such lock")
      }
      return machine.lock(ofEntriesAt: slot.address, depth: depth)
    }
    func area() throws(MachineError) -> (space: UInt32, area: Area) {
      let space = try space(of: owner).space
      guard let area = space.area(at: address) else {
        throw .badArgument("no area holds \(hexadecimal(address))")
      }
      return (space.id, area)
    }
    switch reference.word {
    case .mmap: return .mmap(try space(of: owner).space.id)
    case .upperTables: return .upperTables(owner == .kernel ? 0 : try space(of: owner).space.id)
    case .lastTable: return try slot(depth: machine.lastDepth)
    case .tableAbove: return try slot(depth: machine.lastDepth - 1)
    case .area:
      let (space, area) = try area()
      return .area(space, area.start)
    case .anonymousMap:
      guard let map = try area().area.anonymousMap else {
        throw .badArgument("the area at \(hexadecimal(address)) has no anonymous page yet, and no anon_vma")
      }
      return .anonymousMap(map.rootNumber)
    case .page:
      guard let mapping = try translation(owner, address).mapping else {
        throw .badArgument("nothing is mapped at \(hexadecimal(address))")
      }
      return .page(mapping.physical.rawValue >> machine.pageSizeBits)
    case .fileMappings: return .fileMappings(reference.file.flatMap { files[$0]?.id } ?? 0)
    case .vmapPurge: return .vmapPurge
    case .vmapAreas: return .vmapAreas
    case .pgd: return .pgd
    case .swap: return .swap
    case .reclaimLists: return .reclaimLists
    }
  }
}
