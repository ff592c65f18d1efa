/// The state of the processes before an observation, being changed line by line into that after it.
struct Changes {
  private var processes: [ProcessState]
  /// Per slot what to do with areas and pages, in the order of the lines.
  private var areas: [Int: [(start: UInt64, area: ObservedArea?)]] = [:]
  private var pages: [Int: [(number: UInt64, entry: UInt64)]] = [:]

  init(_ processes: [ProcessState]) { self.processes = processes }

  mutating func take(_ line: LineScanner) throws(TextError) {
    var line = line
    let word = try line.word("an item")
    let slots = 0...MemoryOperation.slotCount - 1
    switch word {
    case "ended":
      let slot = try line.decimal("the process", in: slots)
      guard let index = processes.firstIndex(where: { $0.slot == slot }) else {
        throw line.error("there is no process \(slot)")
      }
      processes.remove(at: index)
      areas[slot] = nil
      pages[slot] = nil
    case "counters":
      let slot = try line.decimal("the process", in: slots)
      let counters = try Counters(&line)
      if let index = processes.firstIndex(where: { $0.slot == slot }) {
        processes[index].counters = counters
      } else {
        // A new process shows its counters before anything else.
        let index = processes.firstIndex { $0.slot > slot } ?? processes.count
        processes.insert(ProcessState(slot: slot, counters: counters, areas: [], pages: []), at: index)
      }
    case "area":
      let slot = try known(&line)
      let area = try ObservedArea(&line)
      try add(&areas[slot, default: []], (area.start, area), by: \.start, line)
    case "gone":
      let slot = try known(&line)
      try add(&areas[slot, default: []], (try line.hexadecimal("the start"), nil), by: \.start, line)
    case "pages":
      let slot = try known(&line)
      repeat {
        let (number, entry) = try line.pair("a page and its entry")
        try add(&pages[slot, default: []], (number, entry), by: \.number, line)
      } while !line.isAtEnd
    default: throw line.error("there is no item '\(word)'")
    }
    try line.end()
  }

  /// The state with all changes.
  consuming func finished() -> [ProcessState] {
    for index in processes.indices {
      let slot = processes[index].slot
      if let changes = areas[slot] {
        processes[index].areas = Self.merge(
          processes[index].areas, changes, key: \.start, changeKey: \.start, value: \.area)
      }
      if let changes = pages[slot] {
        let changes = changes.map { change in
          (
            number: change.number,
            page: change.entry == 0
              ? nil : ObservedPage(number: change.number, entry: PageEntry(rawValue: change.entry))
          )
        }
        processes[index].pages = Self.merge(
          processes[index].pages, changes, key: \.number, changeKey: \.number, value: \.page)
      }
    }
    return processes
  }

  private func known(_ line: inout LineScanner) throws(TextError) -> Int {
    let slot = try line.decimal("the process", in: 0...MemoryOperation.slotCount - 1)
    guard processes.contains(where: { $0.slot == slot }) else {
      throw line.error("process \(slot) has no counters yet")
    }
    return slot
  }

  /// Changes are in ascending order, each thing at most once.
  private func add<Change>(
    _ list: inout [Change], _ change: Change, by key: (Change) -> UInt64, _ line: LineScanner
  ) throws(TextError) {
    if let last = list.last, key(last) >= key(change) { throw line.error("out of order") }
    list.append(change)
  }

  private static func merge<Item, Change>(
    _ old: [Item], _ changes: [Change], key: (Item) -> UInt64, changeKey: (Change) -> UInt64,
    value: (Change) -> Item?
  ) -> [Item] {
    var merged: [Item] = []
    merged.reserveCapacity(old.count + changes.count)
    var index = 0
    for change in changes {
      while index < old.count, key(old[index]) < changeKey(change) {
        merged.append(old[index])
        index += 1
      }
      if index < old.count, key(old[index]) == changeKey(change) { index += 1 }
      if let item = value(change) { merged.append(item) }
    }
    merged.append(contentsOf: old[index...])
    return merged
  }
}
