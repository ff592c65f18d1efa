import PageTables

extension ScenarioRunner {
  /// Whether a statement about the machine is so, and what is seen.
  func check(
    _ expectation: Expectation, cpu: Int?
  ) throws(MachineError) -> (isMet: Bool, seen: String) {
    switch expectation {
    case .mapped(let actor, let address, let details):
      guard let mapping = try mapping(actor, address) else { return (false, try seen(actor, address)) }
      return (details.allSatisfy { holds($0, mapping) }, text(of: mapping))
    case .notPresent(let actor, let address):
      return (try mapping(actor, address) == nil, try seen(actor, address))
    case .swapped(let actor, let address):
      let outcome = try translation(actor, address.value(addresses)).outcome
      if case .stopped(.notPresent(let state)) = outcome {
        return (state.kind == .swap, try seen(actor, address))
      }
      return (false, try seen(actor, address))
    case .frames(let first, let firstAddress, let second, let secondAddress, let areSame):
      let one = try mapping(first, firstAddress)
      let other = try mapping(second, secondAddress)
      let areBoth = one != nil && other != nil
      let bits = machine.pageSizeBits
      let isEqual =
        areBoth && (one?.physical.rawValue ?? 0) >> bits == (other?.physical.rawValue ?? 0) >> bits
      return (
        areBoth && isEqual == areSame, "\(try seen(first, firstAddress)); \(try seen(second, secondAddress))"
      )
    case .value(let actor, let address, let value):
      guard let mapping = try mapping(actor, address) else { return (false, try seen(actor, address)) }
      let word = word(at: mapping.physical.rawValue)
      return (word == value.value(addresses), word.map(hexadecimal) ?? "not in RAM")
    case .fault(let outcome):
      guard let lastAccess else { return (false, "no access yet") }
      return (lastAccess.matches(outcome, addresses), lastAccess.text)
    case .kernelEntries(let task, let isStale, let count):
      guard let difference = machine.kernelHalfDifference(of: try space(of: task).space) else {
        return (count.value(addresses) == 0, "0: the kernel's half has a root of its own")
      }
      let found = (isStale ? difference.stale : difference.lacking).count
      return (UInt64(found) == count.value(addresses), "\(found)")
    case .measure(let measure, let task, let amount):
      let value = machine.measure(measure, of: try space(of: task).task)
      let isSize = measure.rawValue.first?.isUppercase == true
      return (value == amount.value(addresses), isSize ? sizeText(value) : "\(value)")
    case .counter(let name, let count):
      let value = Counters.named[name].map { machine.counters[keyPath: $0] } ?? 0
      return (value == count.value(addresses), "\(value)")
    case .frameCount(let actor, let address, let isReferences, let count):
      guard let mapping = try mapping(actor, address),
        let frame = machine.frames.descriptor(of: mapping.physical.rawValue >> machine.pageSizeBits)
      else { return (false, try seen(actor, address)) }
      let value = isReferences ? frame.referenceCount : frame.mapCount
      return (Int64(value) == Int64(bitPattern: count.value(addresses)), "\(value)")
    case .tlb(let actor, let address, let isHeld):
      return try checkTLB(actor, address, isHeld: isHeld, cpu: cpu)
    case .area(let task, let address, let rights):
      let place = address.value(addresses)
      guard let area = try space(of: task).space.areas.first(where: { $0.contains(place) }) else {
        return (false, "there is no area")
      }
      return (rights.map { area.flags.intersection(.anyAccess) == $0 } ?? true, area.text)
    case .noArea(let task, let address):
      let place = address.value(addresses)
      let area = try space(of: task).space.areas.first { $0.contains(place) }
      return (area == nil, area?.text ?? "")
    case .lock(let lock, let isHeld): return try checkLock(lock, isHeld: isHeld, cpu: cpu)
    }
  }

  private func checkTLB(
    _ actor: TaskReference, _ address: Expression, isHeld: Bool, cpu asked: Int?
  ) throws(MachineError) -> (isMet: Bool, seen: String) {
    let place = address.value(addresses)
    var cpus: [Int] = machine.cpus.indices.map { $0 }
    if let asked {
      guard machine.cpus.indices.contains(asked) else { throw .noSuchCPU(asked) }
      cpus = [asked]
    }
    let space = actor == .kernel ? nil : try self.space(of: actor).space
    for cpu in cpus {
      for entry in machine.cpus[cpu].tlb.entries where entry.sizeBits != 0 {
        guard entry.page == place >> UInt64(entry.sizeBits),
          entry.isGlobal || space.map({ machine.isTag(entry.tag, of: $0, on: cpu) }) ?? true
        else { continue }
        return (isHeld, "CPU \(cpu) has it: \(hexadecimal(entry.physical))")
      }
    }
    return (!isHeld, "no TLB has it")
  }

  private func mapping(_ actor: TaskReference, _ address: Expression) throws(MachineError) -> Translation
    .Mapping?
  {
    try translation(actor, address.value(addresses)).mapping
  }

  /// What there is at an address, for a person.
  private func seen(_ actor: TaskReference, _ address: Expression) throws(MachineError) -> String {
    switch try translation(actor, address.value(addresses)).outcome {
    case .mapped(let mapping): text(of: mapping)
    case .stopped(let reason): Self.text(of: reason)
    }
  }

  private func text(of mapping: Translation.Mapping) -> String {
    let page = mapping.page.rawValue
    return
      "frame=\(hexadecimal(page >> machine.pageSizeBits)) physical=\(hexadecimal(mapping.physical.rawValue)) "
      + "rights=\(Self.letters(mapping.access)) size=\(sizeText(1 << UInt64(mapping.pageSizeBits)))"
  }

  private func holds(_ detail: MappingDetail, _ mapping: Translation.Mapping) -> Bool {
    switch detail {
    case .frame(let frame): mapping.physical.rawValue >> machine.pageSizeBits == frame.value(addresses)
    case .physical(let physical): mapping.physical.rawValue == physical.value(addresses)
    case .rights(let rights): Self.letters(mapping.access) == rights
    case .pageSize(let size): UInt64(1) << UInt64(mapping.pageSizeBits) == size.value(addresses)
    }
  }

  /// Who may, over all modes; `u` if user mode may reach it at all.
  static func letters(_ access: Access) -> String {
    func any(_ rights: Access) -> Bool { !access.intersection(rights).isEmpty }
    return (any([.kernelRead, .userRead]) ? "r" : "") + (any([.kernelWrite, .userWrite]) ? "w" : "")
      + (any([.kernelExecute, .userExecute]) ? "x" : "")
      + (any([.userRead, .userWrite, .userExecute]) ? "u" : "")
  }
}

extension Area {
  /// `10000-13fff rw-p libc`.
  var text: String {
    let last = end &- 1
    let rights =
      (flags.contains(.read) ? "r" : "-") + (flags.contains(.write) ? "w" : "-")
      + (flags.contains(.execute) ? "x" : "-") + (flags.contains(.shared) ? "s" : "p")
    return "\(hexadecimal(start))-\(hexadecimal(last)) \(rights) \(file?.name ?? "anonymous")"
  }
}

extension Machine {
  /// Whether a CPU keeps translations of a space under a tag, in either mode.
  func isTag(_ tag: UInt16, of space: AddressSpace, on cpu: Int) -> Bool {
    if cpus[cpu].activeSpace === space { return tag == cpus[cpu].tag || tag == cpus[cpu].userTag }
    switch profile.tagScheme {
    case .none: return false
    case .slots(let hasTags):
      guard hasTags else { return false }
      let contextID = UInt64(space.id) &+ 1
      let plain = tag & ~CPUContext.userTagBit
      return (0..<CPUContext.slotCount).contains {
        cpus[cpu].context.slots[$0].contextID == contextID && UInt16(truncatingIfNeeded: $0 &+ 1) == plain
      }
    case .shared, .perCPU:
      return kernel.asids.isCurrent(space.contextID)
        && tag == UInt16(truncatingIfNeeded: space.contextID & kernel.asids.asidMask)
    }
  }
}
