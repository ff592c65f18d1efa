import PageTables

/// An access in words: what the processor and the kernel did for it, in order.
struct Explanation {
  private(set) var lines: [String] = []
  private let profile: Profile

  /// More is not told of one action.
  private static let limit = 200

  init(_ events: [Event], profile: Profile) {
    self.profile = profile
    for event in events.prefix(Self.limit) { lines.append(sentence(event)) }
    if events.count > Self.limit { lines.append("and \(events.count - Self.limit) more") }
  }

  private func level(_ depth: Int) -> String {
    depth < profile.format.levelCount ? "\(profile.format.level(depth).name)" : "level \(depth)"
  }

  private func sentence(_ event: Event) -> String {
    switch event {
    case .tlbHit(let cpu, let address, let physical):
      return "CPU \(cpu)'s TLB holds \(hexadecimal(address)): \(hexadecimal(physical)), no walk"
    case .walked(let cpu, let address, let physical, let entryCount):
      return
        "CPU \(cpu) walks \(hexadecimal(address)): \(entryCount) \(entryCount == 1 ? "entry" : "entries"), "
        + "down to \(hexadecimal(physical))"
    case .faulted(let cpu, let fault):
      let mode = fault.access.isUser ? "user" : "kernel"
      return
        "CPU \(cpu) faults: \(mode) \(fault.access.kind) of \(hexadecimal(fault.access.address)), \(fault.cause.text) "
        + "at the \(level(fault.depth)); \(fault.code(profile))"
    case .decided(let sentence): return "the kernel: \(sentence)"
    case .allocated(let frame, let purpose): return "frame \(hexadecimal(frame)) allocated: \(purpose)"
    case .freed(let frame): return "frame \(hexadecimal(frame)) freed"
    case .wrote(let depth, let address, let entryAddress, let old, let new):
      return
        "\(level(depth)) entry for \(hexadecimal(address)) at \(hexadecimal(entryAddress)): "
        + "\(hexadecimal(old)) -> \(hexadecimal(new))"
    case .flushed(let cpu, let reason): return "CPU \(cpu)'s TLB flushed: \(reason)"
    case .signalled(let pid, let signal): return "task \(pid) gets \(signal.text)"
    }
  }
}

extension PageFault.Cause {
  var text: String {
    switch self {
    case .notPresent: "nothing there"
    case .permission: "the entries forbid it"
    case .accessFlag: "the page is old or clean"
    case .malformed: "the entry is malformed"
    }
  }
}
