import PageTables

extension ScenarioRunner {
  /// The root that a line looks at: the kernel's own table, or a process's.
  func root(of actor: TaskReference) throws(MachineError) -> PageTableRoot {
    if actor == .kernel { return machine.kernel.root }
    return try space(of: actor).space.root
  }

  func translation(_ actor: TaskReference, _ address: UInt64) throws(MachineError) -> Translation {
    Walker(format: machine.profile.format, root: try root(of: actor))
      .translate(VirtualAddress(address), in: machine.memory)
  }

  /// Tells each level of a walk in a line.
  func walk(_ actor: TaskReference, _ address: UInt64, into record: inout ActionRecord) throws(MachineError) {
    let translation = try translation(actor, address)
    for index in 0..<translation.steps.count {
      let step = translation.steps[index]
      let level = "\(machine.profile.format.level(step.depth).name)"
      let next: String
      switch step.outcome {
      case .table(let table): next = "table at \(hexadecimal(table.rawValue))"
      case .leaf(let physical, let sizeBits):
        next = "\(hexadecimal(physical.rawValue)), in a page of \(sizeText(1 << UInt64(sizeBits)))"
      case .stopped(let reason): next = Self.text(of: reason)
      }
      say(
        "\(level)[\(hexadecimal(step.index))] at \(hexadecimal(step.entryAddress.rawValue)) is \(hexadecimal(step.entry)): \(next)",
        &record)
    }
    if translation.steps.count == 0, case .stopped(let reason) = translation.outcome {
      say(Self.text(of: reason), &record)
    }
  }

  static func text(of reason: StopReason) -> String {
    switch reason {
    case .notPresent(let state):
      switch state.kind {
      case .none: "empty"
      case .swap: "not present: swap type \(state.type), offset \(hexadecimal(state.offset))"
      case .protectionNone: "not present: PROT_NONE"
      default: "not present: \(state.kind)"
      }
    default: "\(reason)"
    }
  }

  func compare(into record: inout ActionRecord) {
    for task in machine.tasks.values.sorted(by: { $0.pid < $1.pid }) {
      guard let space = task.space else { continue }
      guard let difference = machine.kernelHalfDifference(of: space) else {
        say("\(task.pid) (\(task.command)): the kernel's half has a root of its own", &record)
        continue
      }
      var parts = ["\(difference.equalCount) alike"]
      for (name, entries) in [
        ("deferred", difference.lacking), ("stale", difference.stale), ("different", difference.different),
      ]
      where !entries.isEmpty {
        let places = entries.prefix(4).map(hexadecimal).joined(separator: " ")
        parts.append("\(entries.count) \(name) (\(places)\(entries.count > 4 ? " ..." : ""))")
      }
      say("\(task.pid) (\(task.command)): \(parts.joined(separator: ", "))", &record)
    }
  }

  /// What the kernel module of the experiment logs for `echo "PID ADDRESS"`: the kernel's addresses of the
  /// entries that Linux walks, then the page and the value.
  mutating func device(pid: Int, address: UInt64, into record: inout ActionRecord) throws(MachineError) {
    let translation = try translation(.pid(pid), address)
    for index in 0..<translation.steps.count {
      let step = translation.steps[index]
      let level = "\(machine.profile.format.level(step.depth).name)"
      if index == 0 { say("\(level) \(kernelAddress(step.table.rawValue))", &record) }
      say("\(level) entry \(kernelAddress(linuxEntry(step)))", &record)
    }
    guard let mapping = translation.mapping else { return say("not mapped", &record) }
    say("page \(hexadecimal(mapping.page.rawValue))", &record)
    say("physical \(hexadecimal(mapping.physical.rawValue))", &record)
    say("value \(word(at: mapping.physical.rawValue).map(hexadecimal) ?? "not in RAM")", &record)
  }

  /// Where Linux's own entry is: on ARM pairs of first-level entries are one, and the last level's stand half
  /// a page before the hardware's (arch/arm/include/asm/pgtable-2level.h).
  private func linuxEntry(_ step: Step) -> UInt64 {
    guard machine.codec.hasHardwareWord else { return step.entryAddress.rawValue }
    return step.depth == machine.lastDepth
      ? step.entryAddress.rawValue &- 2048 : step.entryAddress.rawValue & ~7
  }

  private func kernelAddress(_ physical: UInt64) -> String {
    let layout = machine.layout
    let offset = physical &- layout.physicalOffset
    guard offset < layout.linear.upperBound &- layout.linear.lowerBound else {
      return "\(hexadecimal(physical)) (physical, in high memory)"
    }
    return hexadecimal(layout.linear.lowerBound &+ offset)
  }
}

/// `4 KiB`, `2 MiB`: a power of two.
func sizeText(_ byteCount: UInt64) -> String {
  let units = ["B", "KiB", "MiB", "GiB", "TiB"]
  var unit = 0
  var size = byteCount
  while size >= 1024, size & 1023 == 0, unit + 1 < units.count {
    size >>= 10
    unit += 1
  }
  return "\(size) \(units[unit])"
}
