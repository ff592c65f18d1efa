import PageTables

/// Walks the same addresses in every way, and holds the answers against each other.
struct WalkExercise {
  let walker: Walker<PagingFormat>
  let memory: FuzzedMemory

  /// So many tables are enough to meet loops, and few enough for hundreds of inputs a second.
  private static let tableLimit = 4

  func run(_ addresses: [VirtualAddress]) {
    for address in addresses { checkTranslation(of: address) }
    checkBatch(addresses)
    guard addresses.count > 1 else { return enumerate(from: 0, through: .max) }
    // One enumeration an input: they cost a hundred times what a translation does.
    let (start, end) = (addresses[0].rawValue, addresses[1].rawValue)
    switch addresses.count % 8 {
    case 0: enumerate(from: 0, through: .max)
    case 1, 2: enumerate(from: min(start, end), through: max(start, end))
    default: enumerate(from: start, through: start | 0xff_ffff)
    }
  }

  private func checkTranslation(of address: VirtualAddress) {
    let translation = walker.translate(address, in: memory)
    precondition(translation.steps.count <= walker.format.levelCount)
    let lookup = walker.lookup(address, in: memory)
    precondition(lookup.isMapped == (translation.mapping != nil))
    if let mapping = translation.mapping {
      precondition(lookup.physical == mapping.physical && lookup.pageSizeBits == mapping.pageSizeBits)
      precondition(mapping.page.rawValue <= mapping.physical.rawValue)
    }
    for step in translation.steps.elements {
      _ = walker.softwareEntry(of: step, address: address, in: memory)
    }
  }

  private func checkBatch(_ addresses: [VirtualAddress]) {
    let filler = Lookup(physical: PhysicalAddress(1), entry: 1, pageSizeBits: 1, depth: 1)
    var answers = [Lookup](repeating: filler, count: addresses.count)
    var span = answers.mutableSpan
    walker.lookup(addresses.span, in: memory, answers: &span)
    for (address, answer) in zip(addresses, answers) {
      precondition(answer == walker.lookup(address, in: memory))
    }
  }

  /// Ranges tile what was asked for, and say of their first and last address what a translation says.
  private func enumerate(from first: UInt64, through last: UInt64) {
    let end = walker.format.addressBits >= 64 ? last : min(last, (1 << UInt64(walker.format.addressBits)) - 1)
    guard first <= end else { return }
    var sink = TileChecker(next: first)
    let summary = walker.ranges(
      from: VirtualAddress(first), through: VirtualAddress(last), in: memory, tableLimit: Self.tableLimit,
      into: &sink)
    precondition(summary.tableCount <= Self.tableLimit)
    precondition(sink.last == end)
    for range in sink.samples { compare(range, summary) }
  }

  private func compare(_ range: MappedRange, _ summary: EnumerationSummary) {
    for address in [range.first, range.last] {
      let translation = walker.translate(address, in: memory)
      switch range.content {
      case .mapped(let mapping):
        let offset = address.rawValue - range.first.rawValue
        precondition(translation.mapping?.physical.rawValue == mapping.physical.rawValue &+ offset)
        precondition(translation.mapping?.pageSizeBits == mapping.pageSizeBits)
        precondition(translation.mapping?.access == mapping.access)
      case .gap(.nonCanonical):
        precondition(translation.outcome == .stopped(.nonCanonical))
      case .gap(.notPresent(let state)):
        guard case .stopped(.notPresent(let found)) = translation.outcome else { preconditionFailure() }
        precondition(found.kind == state.kind)
      case .gap(.reservedBits), .gap(.invalidEntry):
        precondition(translation.mapping == nil)
      case .gap(.unreadable), .gap(.loop), .gap(.limit):
        precondition(range.content == .gap(.limit) || range.content == .gap(.loop) || !summary.isComplete)
      }
    }
  }
}

/// Checks that ranges follow one another without gap or overlap, and keeps some of them.
struct TileChecker: RangeSink {
  var next: UInt64
  var last: UInt64?
  var samples: [MappedRange] = []
  private var count = 0

  init(next: UInt64) { self.next = next }

  mutating func receive(_ range: MappedRange) {
    precondition(range.first.rawValue == next && range.first <= range.last)
    precondition(last != .max)
    last = range.last.rawValue
    next = range.last.rawValue &+ 1
    count += 1
    if count % 61 < 6, samples.count < 64 { samples.append(range) }
  }
}
