import PageTables

/// Turns bounds into addresses, each with where it comes from.
struct LayoutResolver: Sendable {
  let search: RegionSearch
  let survey: MasterSurvey
  let rules: LayoutRules
  let reader: MasterReader
  private let wordMask: UInt64

  init(_ search: RegionSearch, survey: MasterSurvey, rules: LayoutRules) {
    self.search = search
    self.survey = survey
    self.rules = rules
    reader = search.reader
    wordMask = search.format.addressBits == 32 ? 0xffff_ffff : .max
  }

  /// The region of a rule, or nil where one of its borders is not known.
  func region(_ rule: LayoutRule) -> KernelRegion? {
    guard let first = resolve(rule.first), let end = resolve(rule.end) else { return nil }
    let last = (end.value &- 1) & wordMask
    guard first.value <= last else { return nil }
    var sentence = first.evidence.detail
    if end.evidence != first.evidence { sentence += "; its end: \(end.evidence.detail)" }
    // What makes it the linear map is not where it begins.
    if rule.name == "linear map" { sentence += "; " + survey.linearEvidence.detail }
    if !sentence.contains(rule.source) { sentence += " (\(rule.source))" }
    return KernelRegion(
      name: rule.name, first: VirtualAddress(first.value), last: VirtualAddress(last),
      evidence: Evidence(first.evidence.method, sentence), detail: rule.detail)
  }

  func resolve(_ bound: LayoutBound) -> (value: UInt64, evidence: Evidence)? {
    switch bound {
    case .constant(let value):
      return (value & wordMask, Evidence(.architecture, "fixed by the architecture's layout"))
    case .constantOfEra(let value, let page):
      guard hasLastTable(at: page) else { return nil }
      let sentence = "fixed by the layout of kernels with a table for \(hexadecimal(page))"
      return (value & wordMask, Evidence(.pageTables, sentence))
    case .vmcoreinfo(let key):
      return search.number(key).map { ($0 & wordMask, Evidence(.vmcoreinfo, key)) }
    case .symbol(let name):
      return search.address(ofSymbol: name)
    case .variable(let name):
      guard let symbol = search.address(ofSymbol: name), let value = reader.pointer(at: symbol.value) else {
        return nil
      }
      return (value, Evidence(symbol.evidence.method, "the variable \(name)"))
    case .place(let place):
      return resolve(place)
    case .plus(let base, let byteCount):
      return resolve(base).map {
        (($0.value &+ byteCount) & wordMask, $0.evidence.placed("\(MasterSurvey.size(byteCount)) after"))
      }
    case .minus(let base, let byteCount):
      return resolve(base).map {
        (($0.value &- byteCount) & wordMask, $0.evidence.placed("\(MasterSurvey.size(byteCount)) before"))
      }
    case .plusNumber(let base, let key):
      guard let base = resolve(base), let number = search.number(key) else { return nil }
      return (base.value &+ number, Evidence(.vmcoreinfo, key))
    case .down(let base, let bits):
      return resolve(base).map { ($0.value & ~((1 << UInt64(bits)) - 1), $0.evidence) }
    case .up(let base, let bits):
      let mask: UInt64 = (1 << UInt64(bits)) - 1
      return resolve(base).map { (($0.value &+ mask) & ~mask & wordMask, $0.evidence) }
    case .ifTable(let base):
      return resolve(base).flatMap { hasLastTable(at: $0.value) ? $0 : nil }
    case .notBelow(let bound, let other):
      guard let found = resolve(bound) else { return nil }
      return resolve(other).map { $0.value > found.value } ?? false ? nil : found
    case .firstOf(let bounds):
      for bound in bounds {
        if let found = resolve(bound) { return found }
      }
      return nil
    }
  }

  private func resolve(_ place: LayoutPlace) -> (value: UInt64, evidence: Evidence)? {
    switch place {
    case .linearStart:
      survey.linear.map { ($0.first, Evidence(.pageTables, "the linear map's first leaf")) }
    case .linearEnd:
      survey.linear.map { (($0.last &+ 1) & wordMask, Evidence(.pageTables, "the linear map's last leaf")) }
    case .imageStart: survey.image.map { ($0.first, Evidence(.pageTables, "the image's first leaf")) }
    case .imageEnd:
      survey.image.map { (($0.last &+ 1) & wordMask, Evidence(.pageTables, "the image's last leaf")) }
    case .afterLinear: first(after: survey.linear, named: "the linear map")
    case .afterImage: first(after: survey.image, named: "the image")
    case .memmap: memmap()
    case .interruptTable: interruptTable()
    }
  }

  /// The first mapping behind a run, before the next border that the layout has.
  private func first(after run: MasterSurvey.Run?, named name: String) -> (value: UInt64, evidence: Evidence)?
  {
    guard let run, run.last != .max, let next = survey.firstMapping(from: run.last + 1) else { return nil }
    let limit = rules.borders.first { $0 > run.last } ?? .max
    guard next.first.rawValue < limit else { return nil }
    return (next.first.rawValue, Evidence(.pageTables, "the first mapping after \(name), rounded down"))
  }

  private func memmap() -> (value: UInt64, evidence: Evidence)? {
    guard let dynamicEnd = rules.borders.first, let linear = survey.linear, linear.last < dynamicEnd else {
      return nil
    }
    let mappings = survey.mappings
    var index = mappings.partitioningIndex { $0.first.rawValue >= dynamicEnd }
    let data: Access = [.kernelRead, .kernelWrite]
    var first: UInt64?
    var bytes: UInt64 = 0
    // Backwards over what lies close together: a hole in RAM of 64 GiB is one of 1 GiB here.
    while index > 0 {
      let range = mappings[index - 1]
      guard range.first.rawValue > linear.last, range.mapping?.access == data,
        first.map({ $0 - range.last.rawValue <= 1 << 30 }) ?? true
      else { break }
      first = range.first.rawValue
      bytes &+= range.byteCount
      index -= 1
    }
    // Something must be left for vmalloc, and there must be enough for all RAM.
    guard let first, index > 0, mappings[index - 1].first.rawValue > linear.last else { return nil }
    let ram = search.memory.ram.reduce(UInt64(0)) { $0 &+ ($1.last.rawValue &- $1.first.rawValue) }
    guard bytes >= ram / 72 else { return nil }
    let sentence =
      "the last mappings before \(String(dynamicEnd, radix: 16)): "
      + "\(MasterSurvey.size(bytes)), enough for a struct page for every page of RAM"
    return (first & ~((1 << 30) - 1), Evidence(.pageTables, sentence))
  }

  private func interruptTable() -> (value: UInt64, evidence: Evidence)? {
    guard rules.tableSpan > 0, let linear = survey.linear else { return nil }
    let limit = 0x1_0000_0000 - rules.tableSpan
    let found = survey.mappings.last { range in
      range.first.rawValue > linear.last && range.first.rawValue < limit
        && range.first.rawValue % rules.tableSpan == 0 && range.byteCount == 4096
        && range.mapping?.access.contains(.kernelWrite) == false
    }
    guard let found else { return nil }
    let sentence = "the read-only page that begins a table near the top: the interrupt table's copy"
    return (found.first.rawValue, Evidence(.pageTables, sentence))
  }

  /// Whether the walk for `address` comes to the last level, be there a page or not.
  private func hasLastTable(at address: UInt64) -> Bool {
    let translation = reader.walker.translate(VirtualAddress(address), in: search.memory.memory)
    return translation.steps.count > 0
      && translation.steps[translation.steps.count - 1].depth == search.format.levelCount - 1
  }
}

extension Evidence {
  /// The same, for an address that lies apart from the one that was seen: `8 MiB after` it.
  fileprivate func placed(_ words: String) -> Evidence { Evidence(method, "\(words) \(detail)") }
}
