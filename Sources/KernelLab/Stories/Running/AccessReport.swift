/// What an access of a scenario came to.
struct AccessReport: Hashable, Sendable {
  var kind: MemoryAccess.Kind
  var outcome: AccessOutcome
  /// The word that was read or written, or nil for `execute` and where nothing was reached.
  var value: UInt64?
  /// How many faults of each kind the access took.
  var minorFaults: UInt64 = 0
  var majorFaults: UInt64 = 0
  var vmallocFaults: UInt64 = 0

  /// Whether it is what was expected; `names` are those of the scenario.
  func matches(_ expected: ExpectedOutcome, _ names: [String: UInt64]) -> Bool {
    switch expected {
    case .value(let expression): return value == expression.value(names)
    case .noFault:
      guard case .completed = outcome else { return false }
      return minorFaults == 0 && majorFaults == 0 && vmallocFaults == 0
    case .minorFault: return minorFaults > 0 && majorFaults == 0
    case .majorFault: return majorFaults > 0
    case .vmallocFault: return vmallocFaults > 0
    case .signal(let number):
      if case .signal(let signal) = outcome { return signal.number == number }
      return false
    case .oops:
      if case .oops = outcome { return true }
      return false
    case .outOfMemory: return outcome == .outOfMemory
    case .error, .locking: return false
    }
  }

  /// For a person: `8055 at 574a1c24, minor fault`.
  var text: String {
    var parts: [String] = []
    switch outcome {
    case .completed(let physical):
      let value = value.map { hexadecimal($0) + (kind == .write ? " written" : "") + " at " } ?? "at "
      parts.append("\(value)\(hexadecimal(physical))")
    case .signal(let signal): parts.append(signal.text)
    case .oops(let fault): parts.append("oops: \(fault.reason) at \(hexadecimal(fault.address))")
    case .outOfMemory: parts.append("out of memory")
    }
    for (count, name) in [
      (minorFaults, "minor fault"), (majorFaults, "major fault"), (vmallocFaults, "vmalloc fault"),
    ]
    where count > 0 {
      parts.append(count == 1 ? name : "\(count) \(name)s")
    }
    return parts.joined(separator: ", ")
  }
}

extension Signal {
  /// `SIGSEGV (SEGV_MAPERR: no area) at 10000`.
  public var text: String {
    let words =
      switch (number, code) {
      case (.segmentationFault, .notMapped): "SIGSEGV (SEGV_MAPERR: there is no area)"
      case (.segmentationFault, .forbidden): "SIGSEGV (SEGV_ACCERR: the area forbids it)"
      case (.bus, _): "SIGBUS (BUS_ADRERR: there is no such page)"
      }
    return "\(words) at \(hexadecimal(address))"
  }
}
