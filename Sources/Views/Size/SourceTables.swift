import KernelLab
public import LinuxKernel
import PageTables

/// What tables of every kind need for the real mappings of a source's processes.
public struct SourceTables: Sendable {
  public let reports: [SizeReport]
  public let processCount: Int
  /// Mapped pages, large ones as so many of the smallest; a page that two processes map counts twice.
  public let pageCount: UInt64
  public let pageByteCount: UInt64
  /// What was left out, as sentences.
  public let notes: [String]
  /// Whether all tables could be read, and all that they map was entered.
  public let isComplete: Bool

  /// Enters what the processes' halves map into tables of every kind, and looks for each page once.
  ///
  /// - Parameters:
  ///   - pids: only these processes; all if there is none.
  ///   - pageLimit: how many pages are entered at most.
  /// - Throws: if a PID is none of the processes, or there is no process.
  public init(
    _ tables: PageTableSet, pids: [Int] = [], of source: Source, pageLimit: UInt64 = 1 << 24
  ) throws(SourceError) {
    let format = tables.format
    var chosen = tables
    chosen.processes = try ComparisonRequest.chosen(pids, of: tables, in: source)
    let statistics = TableStatistics(chosen, ram: source.ram, in: source.memory)
    var collector = PageRunCollector(format: format, pageLimit: pageLimit)
    var isWhole = statistics.isComplete
    for (index, process) in chosen.processes.enumerated() {
      collector.space = UInt32(truncatingIfNeeded: index)
      let summary = Walker(format: format, root: process.root).ranges(
        through: statistics.lastUserAddress, in: source.memory, into: &collector)
      isWhole = isWhole && summary.isComplete
    }
    var maker = Maker(
      shape: PagingShape(format), runs: collector.runs, pageCount: collector.pageCount,
      processCount: chosen.processes.count)
    var reports = [maker.linear(), maker.multiLevel(statistics)].compactMap { $0 }
    let frames = source.ram.compactMap { range -> ClosedRange<UInt64>? in
      guard range.first <= range.last else { return nil }
      return range.first.rawValue >> UInt64(format.pageSizeBits)...range.last.rawValue
        >> UInt64(format.pageSizeBits)
    }
    if let inverted = maker.inverted(frames) { reports.append(inverted) }
    reports.append(maker.hashed())
    reports.append(maker.clustered())
    if !collector.isComplete {
      maker.notes.append("partial: more than \(pageLimit) pages are mapped; the rest was not entered")
    }
    isComplete = isWhole && collector.isComplete && maker.isComplete
    if !isComplete { for index in reports.indices { reports[index].partial = true } }
    self.reports = reports
    processCount = chosen.processes.count
    pageCount = collector.pageCount
    pageByteCount = 1 << UInt64(format.pageSizeBits)
    notes = maker.notes
  }
}

/// Makes the tables one after the other, so that only one is in memory.
private struct Maker {
  let shape: PagingShape
  let runs: [PageRun]
  let pageCount: UInt64
  let processCount: Int
  var notes: [String] = []
  var isComplete = true

  private func report(_ kind: TableNeed.Kind, entries: UInt64, tables: UInt64, bytes: UInt64) -> SizeReport {
    var report = SizeReport(
      kind: kind, processes: UInt64(processCount), entries: entries, tables: tables, bytes: bytes)
    report.mappedPages = pageCount
    return report
  }

  mutating func linear() -> SizeReport? {
    var size = TableSize(shape)
    size.processCount = UInt64(processCount)
    do throws(TableSizeError) {
      guard let need = try size.needs().first else { return nil }
      var report = SizeReport(need, of: size)
      report.mappedPages = pageCount
      if pageCount > 0 { report.lookups = .init(count: pageCount, averageReads: 1) }
      return report
    } catch {
      notes.append("linear: \(error)")
      return nil
    }
  }

  func multiLevel(_ statistics: TableStatistics) -> SizeReport {
    var levels: [SizeReport.LevelTables] = []
    let processes = statistics.spaces.filter { $0.pid != nil }
    // The shape may begin below the format's top.
    let first = (processes.first?.levels.count ?? shape.levels.count) - shape.levels.count
    for (depth, level) in shape.levels.enumerated() {
      let used = processes.map { $0.levels[depth + first] }
      let tables = used.reduce(UInt64(0)) { $0 + UInt64($1.tableCount) }
      levels.append(
        .init(
          level: level.name, tables: tables, entries: tables << UInt64(level.indexBits),
          bytes: used.reduce(0) { $0 &+ $1.byteCount }))
    }
    var report = report(
      .multiLevel, entries: levels.reduce(0) { $0 + $1.entries }, tables: levels.reduce(0) { $0 + $1.tables },
      bytes: levels.reduce(0) { $0 &+ $1.bytes })
    report.levels = levels
    let reads = runs.reduce(UInt64(0)) { $0 &+ $1.pageCount &* UInt64($1.walkLength) }
    if pageCount > 0 {
      report.lookups = .init(count: pageCount, averageReads: Self.average(reads, pageCount))
    }
    return report
  }

  mutating func inverted(_ frames: [ClosedRange<UInt64>]) -> SizeReport? {
    guard !frames.isEmpty else {
      notes.append("inverted: where this source has RAM is not known")
      isComplete = false
      return nil
    }
    do throws(TableSizeError) {
      var table = try InvertedTable(frames: frames)
      fill(&table)
      var report = measured(
        table, report(.inverted, entries: UInt64(table.frameCount), tables: 1, bytes: table.byteCount))
      report.aliases = table.aliasCount
      report.outsideRAM = table.outsideCount
      return report
    } catch {
      notes.append("inverted: \(error)")
      isComplete = false
      return nil
    }
  }

  mutating func hashed() -> SizeReport { hashed(.hashed, pagesPerEntryBits: 0) }
  mutating func clustered() -> SizeReport { hashed(.clustered, pagesPerEntryBits: 4) }

  /// With as many buckets as there are entries, or the power of two above that.
  private mutating func hashed(_ kind: TableNeed.Kind, pagesPerEntryBits: Int) -> SizeReport {
    var table = HashedTable(
      bucketCount: entryCount(pagesPerEntryBits: UInt64(pagesPerEntryBits)),
      pagesPerEntryBits: pagesPerEntryBits)
    fill(&table)
    return measured(
      table, report(kind, entries: UInt64(table.usedEntryCount), tables: 1, bytes: table.byteCount))
  }

  /// How many groups of 2^`pagesPerEntryBits` pages hold a mapped one; runs come in ascending order.
  private func entryCount(pagesPerEntryBits bits: UInt64) -> Int {
    var count: UInt64 = 0
    var previous: (space: UInt32, group: UInt64)?
    for run in runs {
      let first = run.page >> bits
      let last = (run.page &+ run.pageCount &- 1) >> bits
      count += last &- first &+ 1
      if let previous, previous == (run.space, first) { count -= 1 }
      previous = (run.space, last)
    }
    return Int(clamping: count)
  }

  private mutating func fill(_ table: inout some TranslationTable) {
    var inserted: UInt64 = 0
    for run in runs { inserted += table.insert(run) }
    if inserted < pageCount { isComplete = false }
  }

  private mutating func measured(_ table: some TranslationTable, _ report: SizeReport) -> SizeReport {
    var report = report
    report.usedEntries = table.usedEntryCount
    report.anchors = .init(
      entries: UInt64(table.anchorCount), bytes: UInt64(table.anchorCount) * InvertedTable.anchorByteCount)
    report.chains = table.chainLengths.enumerated().filter { $0.element > 0 }.map {
      .init(length: $0.offset, chains: $0.element)
    }
    let measure = table.measure(runs)
    if measure.wrongCount > 0 {
      notes.append("\(report.kind): \(measure.wrongCount) pages were not found where they are mapped")
      isComplete = false
    }
    guard measure.lookupCount > 0 else { return report }
    report.lookups = .init(
      count: measure.lookupCount,
      averageReads: Self.average(measure.lookupCount + measure.probeCount, measure.lookupCount),
      averageProbes: Self.average(measure.probeCount, measure.lookupCount),
      longestProbes: measure.longestProbeCount)
    return report
  }

  /// Thousandths are enough.
  private static func average(_ sum: UInt64, _ count: UInt64) -> Double {
    (Double(sum) / Double(count) * 1000).rounded() / 1000
  }
}
