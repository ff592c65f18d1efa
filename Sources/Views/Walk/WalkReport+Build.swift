public import PageTables

extension WalkReport {
  /// Walks `address` in `space` and describes every level.
  ///
  /// - Parameters:
  ///   - valueByteCount: how many bytes to read at the address; nil for the machine word.
  public init(
    _ address: VirtualAddress, in space: AddressSpace, of source: Source, valueByteCount: Int? = nil
  ) {
    let format = space.format
    let wanted = valueByteCount ?? Int(format.addressBits) / 8
    let walk = SteadyWalk(address, in: space, of: source) { mapping in
      Self.value(at: mapping, byteCount: wanted, source: source)
    }
    let translation = walk.translation
    self.source = source.name
    self.format = "\(format.name)"
    self.process = space.process.map { Process(pid: $0.pid, command: $0.command) }
    self.virtual = JSONAddress(address.rawValue)
    self.evidence = space.evidence
    self.addressDigits = space.addressDigits
    self.byteOrder = format.byteOrder
    let root = translation.steps.count > 0 ? translation.steps[0].table : space.root.lower
    self.root = JSONAddress(root.rawValue)
    self.rootKernelAddress = source.kernelAddress(of: root)
    self.steps = translation.steps.elements.map { Self.describe($0, format: format, source: source) }
    self.outcome = "mapped"
    if let change = walk.change {
      outcome = "changing"
      reason = "changing"
      explanation = change
      return
    }
    switch translation.outcome {
    case .mapped(let mapping):
      physical = JSONAddress(mapping.physical.rawValue)
      physicalKernelAddress = source.kernelAddress(of: mapping.physical)
      page = JSONAddress(mapping.page.rawValue)
      pageKernelAddress = source.kernelAddress(of: mapping.page)
      pageSize = 1 << UInt64(mapping.pageSizeBits)
      access = mapping.access.letters
      switch walk.value {
      case .success(let bytes):
        valueBytes = bytes
        value = bytes.map { hexadecimal(UInt64($0), width: 2) }.joined()
      case .failure(let fault): valueFault = fault
      case nil: break
      }
    case .stopped(let reason):
      outcome = reason.contractOutcome
      self.reason = reason.contractName
      explanation = Self.explain(reason, translation: translation, format: format)
      if case .notPresent(let state) = reason, state.kind != .none {
        alsoLinux = LinuxView(state, pageSizeBits: format.pageSizeBits)
        alternatives = format.alternatives(to: translation.steps[translation.steps.count - 1].entry)?.names
      }
    }
    addSoftwareEntries(translation, space: space, source: source)
    if !isMapped, alsoLinux != nil { kernelEra = "\(format.notPresent.era) (\(space.eraEvidence))" }
  }

  /// The bytes at a mapping, or why there are none; nil if none are asked for.
  private static func value(
    at mapping: Translation.Mapping, byteCount: Int, source: Source
  ) -> Result<[UInt8], MemoryFault> {
    // A value never reaches over the end of the page: the next page may be elsewhere.
    let room = UInt64(1) << UInt64(mapping.pageSizeBits) - (mapping.physical.rawValue - mapping.page.rawValue)
    let count = Int(min(UInt64(max(byteCount, 0)), room))
    guard count > 0 else { return .failure(.unreadable) }
    do throws(MemoryFault) { return .success(try source.bytes(at: mapping.physical, count: count)) } catch {
      return .failure(error)
    }
  }

  private static func describe(_ step: PageTables.Step, format: PagingFormat, source: Source) -> Step {
    let level = format.level(step.depth)
    let rule = level.rules[step.ruleIndex]
    let isRead: Bool
    if case .stopped(.unreadable) = step.outcome { isRead = false } else { isRead = true }
    var report = Step(
      level: "\(level.name)", architectureName: "\(level.architectureName)", index: step.index,
      table: JSONAddress(step.table.rawValue), entryAddress: JSONAddress(step.entryAddress.rawValue),
      entryKernelAddress: source.kernelAddress(of: step.entryAddress).map { JSONAddress($0) },
      entry: JSONAddress(step.entry), meaning: "absent", flags: [])
    report.folded = level.folded
    report.kind = isRead && step.ruleIndex != 255 ? "\(rule.name)" : nil
    report.flags = isRead ? format.fields(of: rule).names(in: step.entry) : []
    switch step.outcome {
    case .table(let next):
      report.meaning = "table"
      report.next = JSONAddress(next.rawValue)
    case .leaf(let physical, let sizeBits):
      report.meaning = "leaf"
      report.next = JSONAddress(physical.rawValue & ~((1 << UInt64(sizeBits)) - 1))
    case .stopped(.notPresent): report.meaning = "absent"
    case .stopped(.unreadable): report.meaning = "unreadable"
    case .stopped: report.meaning = "invalid"
    }
    if report.meaning == "table" || report.meaning == "leaf" {
      report.access = step.effectiveAccess.letters
      report.accessColumns = step.effectiveAccess.columns
    }
    return report
  }

  private static func explain(_ reason: StopReason, translation: Translation, format: PagingFormat) -> String
  {
    let last = translation.steps[translation.steps.count - 1]
    let level = format.level(last.depth)
    let kind = level.rules[last.ruleIndex].name
    switch reason {
    case .nonCanonical:
      let ranges = format.regions.elements.map {
        "\(hexadecimal($0.first.rawValue)) to \(hexadecimal($0.last.rawValue))"
      }
      return "not canonical: \(format.name) translates " + ranges.joined(separator: " and ")
    case .notPresent(let state):
      return "stops at the \(level.name): " + state.sentence(pageSizeBits: format.pageSizeBits)
        + (format.alternatives(to: last.entry)?.sentence ?? "")
    case .invalidEntry:
      return "stops at the \(level.name): the architecture reserves the encoding \(hexadecimal(last.entry))"
    case .reservedBits(let bits):
      return "stops at the \(level.name): bits \(hexadecimal(bits)) must be zero in a \(kind) entry"
    case .unreadable(let fault):
      return "the \(level.name) entry at \(hexadecimal(last.entryAddress.rawValue)) \(fault.sentence)"
    case .loop: return "a table is its own ancestor"
    case .limit: return "the limit on tables was reached"
    }
  }
}

extension WalkReport.LinuxView {
  init(_ state: NotPresentState, pageSizeBits: UInt8) {
    self.state = state.kind == .none ? "none" : state.kind.contractName
    switch state.kind {
    case .swap:
      swapType = state.type
      swapOffset = state.offset
    case .old:
      // Linux's own entries on ARM, where they have such a page, say the same.
      self.state = "present"
      physical = JSONAddress(state.offset << UInt64(pageSizeBits))
    case .protectionNone, .migration:
      physical = JSONAddress(state.offset << UInt64(pageSizeBits))
    default: break
    }
  }
}
