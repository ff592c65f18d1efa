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

  /// What the kernel module of the experiment logs for `echo "PID ADDRESS"`.
  mutating func device(
    pid: Int, address: UInt64, cpu: Int, into record: inout ActionRecord
  ) throws(MachineError) {
    let read = try machine.deviceRead(pid: pid, address: address, cpu: cpu)
    guard !isQuiet else { return }
    record.results.append("table \(hexadecimal(read.table))")
    for level in read.levels {
      record.results.append(
        "\(level.name) at \(hexadecimal(level.entryAddress)) is \(hexadecimal(level.entry))")
    }
    if let page = read.page, let mappedAt = read.mappedAt {
      let how = read.mapping == .linear ? "in the linear map" : "mapped for the read"
      record.results.append("page \(hexadecimal(page)), at \(hexadecimal(mappedAt)): \(how)")
    }
    if let physical = read.physical { record.results.append("physical \(hexadecimal(physical))") }
    if let value = read.value { record.results.append("value \(hexadecimal(value))") }
    if let stop = read.stop { record.results.append("no value: \(stop)") }
  }
}
