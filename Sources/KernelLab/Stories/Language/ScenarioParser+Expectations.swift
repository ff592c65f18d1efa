extension ScenarioParser {
  /// What may follow `expect`, in the reference's order.
  private static let kinds =
    "mapped, not-present, swapped, same-frame, different-frame, value, fault, lacks, stale, counter, mapcount, "
    + "refcount, tlb, no-tlb, area, no-area, held, not-held, "
    + SpaceMeasure.allCases.map(\.rawValue).joined(separator: ", ")

  mutating func expectation() throws(ScenarioError) -> Expectation {
    guard case .word(let kind) = tokens.first?.kind else {
      throw unexpected("an expectation (\(Self.kinds))")
    }
    if let measure = SpaceMeasure(rawValue: kind) {
      tokens.removeFirst()
      return .measure(measure, of: try task(), is: try amount("a size or count"))
    }
    let before = tokens
    tokens.removeFirst()
    switch kind {
    case "mapped":
      let (actor, address) = try place()
      return .mapped(actor, address, try details())
    case "not-present":
      let (actor, address) = try place()
      return .notPresent(actor, address)
    case "swapped":
      let (actor, address) = try place()
      return .swapped(actor, address)
    case "same-frame", "different-frame":
      let (first, firstAddress) = try place()
      let (second, secondAddress) = try place()
      return .frames(first, firstAddress, second, secondAddress, areSame: kind == "same-frame")
    case "value":
      let (actor, address) = try place()
      return .value(actor, address, try self.address("a value"))
    case "fault": return .fault(try outcome())
    case "lacks", "stale":
      let task = try task()
      try expect(word: "kernel-entries")
      return .kernelEntries(task, isStale: kind == "stale", count: try amount("a number of entries"))
    case "counter":
      let position = here
      let name = try word("a counter's name")
      guard Counters.named[name] != nil else {
        let names = Counters.named.keys.sorted().joined(separator: ", ")
        throw error("expected a counter (\(names)), found '\(name)'", at: position)
      }
      return .counter(name, try amount("a count"))
    case "mapcount", "refcount":
      let (actor, address) = try place()
      return .frameCount(actor, address, isReferences: kind == "refcount", count: try amount("a count"))
    case "tlb", "no-tlb":
      let (actor, address) = try place()
      return .tlb(actor, address, isHeld: kind == "tlb")
    case "area":
      let task = try task()
      let address = try address("an address")
      return .area(task, address, rights: tokens.first?.kind == .endOfLine ? nil : try rights().rights)
    case "no-area": return .noArea(try task(), try address("an address"))
    case "held", "not-held": return .lock(try lock(), isHeld: kind == "held")
    default:
      tokens = before
      throw unexpected("an expectation (\(Self.kinds))")
    }
  }

  private mutating func place() throws(ScenarioError) -> (TaskReference, Expression) {
    (try actor(), try address("an address"))
  }

  private mutating func details() throws(ScenarioError) -> [MappingDetail] {
    var details: [MappingDetail] = []
    while tokens.first?.kind != .endOfLine {
      let before = tokens
      let detail = try word("frame=, physical=, rights= or size=")
      try expect(symbol: "=")
      switch detail {
      case "frame": details.append(.frame(try address("a frame's number")))
      case "physical": details.append(.physical(try address("a physical address")))
      case "size": details.append(.pageSize(try amount("a page size")))
      case "rights":
        let position = here
        let text = try word("rights, a subset of rwxu")
        guard text.allSatisfy({ "rwxu".contains($0) }) else {
          throw error("expected rights, a subset of rwxu, found '\(text)'", at: position)
        }
        details.append(.rights("rwxu".filter { text.contains($0) }))
      default:
        tokens = before
        throw unexpected("frame=, physical=, rights= or size=")
      }
    }
    return details
  }
}
