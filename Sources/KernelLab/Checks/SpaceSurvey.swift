import PageTables

/// What one page table holds, entry by entry.
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
  /// Reads all tables of `root`, but for those in `known`, which are another's and not gone into; pages are
  /// told below `limit`.
  func survey(_ root: PageTableRoot, pagesBelow limit: UInt64, without known: Set<UInt64> = []) -> SpaceSurvey
  {
    var survey = SpaceSurvey()
    for index in 0..<profile.format.regionCount {
      let region = profile.format.region(index)
      guard region.root == .lower || root.upper != root.lower else { continue }
      readTable(
        at: root[region.root].rawValue, depth: Int(region.firstDepth), indexBits: region.firstIndexBits,
        base: region.first.rawValue, last: region.last.rawValue, limit: limit, known: known, into: &survey)
    }
    return survey
  }

  private func readTable(
    at table: UInt64, depth: Int, indexBits: UInt8, base: UInt64, last: UInt64, limit: UInt64,
    known: Set<UInt64>, into survey: inout SpaceSurvey
  ) {
    let geometry = geometries[depth]
    let span: UInt64 = 1 << UInt64(geometry.shift)
    // A top table that serves two regions is read by index, where each region's addresses lie.
    let count: UInt64 = 1 << UInt64(indexBits)
    let first = (base >> UInt64(geometry.shift)) & (count - 1)
    for index in first..<count {
      let (offset, wraps) = base.addingReportingOverflow((index - first) &* span)
      guard !wraps, offset <= last else { return }
      let place = table &+ (index &<< UInt64(geometry.entrySizeBits))
      let hardware = load(place, geometry)
      if geometry.isTable(hardware), depth < lastDepth {
        let next = geometry.tableAddress(hardware)
        // The table of the self map is the top table again.
        guard !known.contains(next >> pageSizeBits), next != table else { continue }
        survey.tables.append((next >> pageSizeBits, depth + 1))
        readTable(
          at: next, depth: depth + 1, indexBits: geometries[depth + 1].indexBits, base: offset,
          last: min(last, offset &+ (span &- 1)), limit: limit, known: known, into: &survey)
        continue
      }
      guard offset < limit else { continue }
      let entry = self.entry(at: EntrySlot(address: place, remainingCount: 1), depth: depth)
      if !entry.isNone { survey.pages.append(SpaceSurvey.Page(address: offset, entry: entry, depth: depth)) }
    }
  }
}
