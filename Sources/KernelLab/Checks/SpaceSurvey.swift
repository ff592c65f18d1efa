import PageTables

/// What one page table holds for the addresses below a limit, entry by entry.
struct SpaceSurvey {
  /// A page's entry that is not empty.
  struct Page {
    var address: UInt64
    var entry: PageEntry
    var depth: Int
  }

  /// Frames of tables below the top, and the level of each; a table that two entries name stands twice.
  var tables: [(frame: UInt64, depth: Int)] = []
  var pages: [Page] = []
}

extension Machine {
  /// Reads all tables of `root` that serve addresses below `limit`.
  func survey(_ root: PageTableRoot, below limit: UInt64) -> SpaceSurvey {
    var survey = SpaceSurvey()
    guard let region = profile.format.region(of: VirtualAddress(0)) else { return survey }
    readTable(
      at: root[region.root].rawValue, depth: Int(region.firstDepth), indexBits: region.firstIndexBits,
      base: 0, limit: limit, into: &survey)
    return survey
  }

  private func readTable(
    at table: UInt64, depth: Int, indexBits: UInt8, base: UInt64, limit: UInt64, into survey: inout SpaceSurvey
  ) {
    let geometry = geometries[depth]
    let span: UInt64 = 1 << UInt64(geometry.shift)
    for index in 0..<(UInt64(1) << UInt64(indexBits)) {
      let address = base &+ index &* span
      guard address < limit else { return }
      let place = table &+ (index &<< UInt64(geometry.entrySizeBits))
      let hardware = load(place, geometry)
      if geometry.isTable(hardware), depth < lastDepth {
        let next = geometry.tableAddress(hardware)
        survey.tables.append((next >> pageSizeBits, depth + 1))
        readTable(
          at: next, depth: depth + 1, indexBits: geometries[depth + 1].indexBits, base: address,
          limit: limit, into: &survey)
        continue
      }
      let entry = self.entry(at: EntrySlot(address: place, remainingCount: 1), depth: depth)
      if !entry.isNone { survey.pages.append(SpaceSurvey.Page(address: address, entry: entry, depth: depth)) }
    }
  }
}
