import PageTables

/// Compares tables entry by entry, and goes down where both sides have a table and not the same one.
struct TableComparer {
  /// A table of the kernel page table, read once for all processes.
  private struct MasterTable {
    var entries: TableReader.Entries
    var isPresent: [Bool]
  }

  private struct MasterKey: Hashable {
    var table: PhysicalAddress
    var depth: Int
    var firstIndex: UInt64
    var lastIndex: UInt64
  }

  /// The two tables at one place; nil for a side that has none, so that all its entries are absent.
  struct Pair {
    var master: PhysicalAddress?
    var process: PhysicalAddress?
    var place: TablePlace
  }

  /// How many pairs of tables are compared for one part of one process's space. Linux has two at most; forged
  /// tables could have millions, and an entry to be kept for each of theirs.
  static let pairLimit = 64

  let reader: TableReader
  /// Rights in which entries may differ and be the same.
  let ignoredAccess: Access
  private var masterTables: [MasterKey: MasterTable] = [:]
  private var pairsLeft = 0

  init(format: PagingFormat, ignoring ignoredAccess: Access = .none) {
    reader = TableReader(format: format)
    self.ignoredAccess = ignoredAccess
  }

  /// Compares what two roots have in one part of the address space.
  mutating func compare(
    master: PhysicalAddress, process: PhysicalAddress, in part: KernelHalf.Part,
    memory: borrowing some PhysicalMemory & ~Copyable
  ) -> TableComparison {
    pairsLeft = Self.pairLimit
    let place = TablePlace(
      level: reader.levels[part.depth], depth: part.depth, indexBits: part.indexBits, first: part.first,
      last: part.last)
    return compare(Pair(master: master, process: process, place: place), in: memory)
  }

  private mutating func compare(
    _ pair: Pair, in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> TableComparison {
    pairsLeft -= 1
    let place = pair.place
    let master = masterTable(pair, in: memory)
    let process = pair.process.map {
      reader.entries(of: $0, depth: place.depth, place.firstIndex, through: place.lastIndex, in: memory)
    }
    var result = TableComparison()
    var below = TableComparison()
    for offset in 0...Int(place.lastIndex - place.firstIndex) {
      let index = place.firstIndex + UInt64(offset)
      let masterRaw = master.map { $0.entries.raw[offset] } ?? 0
      let processRaw = process.map { $0.raw[offset] } ?? 0
      guard let masterRaw, let processRaw else {
        let fault = (
          master: master.flatMap { $0.entries.faults[offset] }, process: process.flatMap { $0.faults[offset] }
        )
        result.addUnreadable(index, place, masterFault: fault.master, processFault: fault.process)
        continue
      }
      // Nearly all entries are equal to the bit. An entry that a missing table would have is absent, not 0:
      // no format reads 0 as present.
      if masterRaw == processRaw, master != nil, process != nil {
        if master?.isPresent[offset] == true { result.countSame() }
        continue
      }
      let masterMeaning =
        master == nil ? .absent : reader.meaning(of: masterRaw, depth: place.depth)
      let processMeaning =
        process == nil ? .absent : reader.meaning(of: processRaw, depth: place.depth)
      var entry = ComparedEntry(
        verdict: .different, depth: place.depth, index: index, first: place.span(of: index).first,
        last: place.span(of: index).last, master: masterMeaning.isPresent ? masterRaw : nil,
        process: processMeaning.isPresent ? processRaw : nil)
      let tables = (
        master: masterMeaning.kind == .table ? masterMeaning.target : nil,
        process: processMeaning.kind == .table ? processMeaning.target : nil
      )
      switch (masterMeaning.isPresent, processMeaning.isPresent) {
      case (false, false): continue
      case (true, true):
        if let master = tables.master, let process = tables.process, master != process {
          compareBelow(
            &entry, (masterMeaning, processMeaning), (master, process), place: place, into: &result,
            below: &below, memory: memory)
          continue
        }
        result.add(&entry, likeness(of: masterMeaning, processMeaning, entry, depth: place.depth))
      case (let isInMaster, _):
        // An entry that also serves the user's addresses is the process's own: what is under it counts.
        if place.isCut(index), tables.master != nil || tables.process != nil, pairsLeft > 0 {
          let inner = innerPlace(entry, depth: place.depth)
          below.append(
            compare(Pair(master: tables.master, process: tables.process, place: inner), in: memory))
          continue
        }
        entry.verdict = isInMaster ? .deferred : .stale
        if isInMaster { result.entryCount += 1 }
        result.entries.append(entry)
      }
    }
    result.append(below)
    return result
  }

  /// Compares the two tables that an entry of each side names.
  private mutating func compareBelow(
    _ entry: inout ComparedEntry, _ meanings: (EntryMeaning, EntryMeaning),
    _ tables: (master: PhysicalAddress, process: PhysicalAddress), place: TablePlace,
    into result: inout TableComparison, below: inout TableComparison,
    memory: borrowing some PhysicalMemory & ~Copyable
  ) {
    guard pairsLeft > 0 else {
      entry.why = "another table; not looked into, because too many differ"
      result.add(entry)
      return
    }
    let inner = innerPlace(entry, depth: place.depth)
    var found = compare(Pair(master: tables.master, process: tables.process, place: inner), in: memory)
    let levelName = reader.levels[inner.depth].name
    let rights = rightsDiffer(meanings.0, meanings.1)
    if found.sameCount == 0, !found.entries(.different).isEmpty {
      // Not a copy that lags, but another table altogether.
      entry.why = "another \(levelName) table, in which no entry is the same"
      result.add(entry)
    } else if found.sameCount == 0, found.entries(.deferred).isEmpty, found.entries(.stale).isEmpty,
      let unreadable = found.entries(.unreadable).first
    {
      entry.verdict = .unreadable
      entry.why = "another \(levelName) table; \(unreadable.why ?? "")"
      result.entries.append(entry)
    } else if let rights {
      entry.why = rights
      result.add(entry)
      below.append(found)
    } else if found.entryCount == 0, found.entries.isEmpty {
      // Two empty tables.
      result.countSame()
    } else {
      entry.verdict = .explained
      entry.why = "the process has a \(levelName) table of its own here, compared entry by entry"
      result.entries.append(entry)
      for place in found.entries.indices where found.entries[place].verdict == .deferred {
        found.entries[place].why = found.entries[place].why ?? "in the process's own \(levelName) table"
      }
      below.append(found)
    }
  }

  private func innerPlace(_ entry: ComparedEntry, depth: Int) -> TablePlace {
    let level = reader.levels[depth + 1]
    return TablePlace(
      level: level, depth: depth + 1, indexBits: level.indexBits, first: entry.first, last: entry.last)
  }

  private mutating func masterTable(
    _ pair: Pair, in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> MasterTable? {
    guard let address = pair.master else { return nil }
    let place = pair.place
    let key = MasterKey(
      table: address, depth: place.depth, firstIndex: place.firstIndex, lastIndex: place.lastIndex)
    if let known = masterTables[key] { return known }
    let entries = reader.entries(
      of: address, depth: place.depth, place.firstIndex, through: place.lastIndex, in: memory)
    let table = MasterTable(
      entries: entries,
      isPresent: entries.raw.map { $0.map { reader.meaning(of: $0, depth: place.depth).isPresent } ?? false })
    // Forged tables could fill this.
    if masterTables.count < Self.pairLimit { masterTables[key] = table }
    return table
  }
}

extension EntryMeaning {
  /// What a table that is not there has everywhere.
  static let absent = EntryMeaning(
    kind: .absent, target: PhysicalAddress(0), sizeBits: 0, access: .none, ruleIndex: nil)
}
