public import PageTables

/// A table that is asked by hash instead of by index: one for all address spaces.
public protocol TranslationTable: Sendable {
  /// Enters one page.
  ///
  /// - Returns: false, and nothing is changed, if the space has a mapping of that page already, or if the table
  ///   cannot hold it: its numbers are too large, or there are 2^32 - 2 entries.
  mutating func insert(page: UInt64, space: UInt32, frame: UInt64, access: Access) -> Bool

  /// Looks for one page.
  ///
  /// - Complexity: the length of one chain.
  func find(page: UInt64, space: UInt32) -> TableLookup

  /// How many entries are in use.
  var usedEntryCount: Int { get }
  /// How many anchors there are, in use or not.
  var anchorCount: Int { get }
  /// What the table takes in memory: entries, used or kept free, and anchors.
  var byteCount: UInt64 { get }
  /// How many chains have which length: at index n those with n entries. Empty chains are counted, too.
  ///
  /// - Complexity: the number of entries and anchors.
  var chainLengths: [Int] { get }
}

extension TranslationTable {
  /// Enters the pages of a run.
  ///
  /// - Returns: how many were entered.
  @discardableResult
  public mutating func insert(_ run: PageRun) -> UInt64 {
    var inserted: UInt64 = 0
    for offset in 0..<run.pageCount
    where insert(
      page: run.page &+ offset, space: run.space, frame: run.frame &+ offset, access: run.access)
    {
      inserted += 1
    }
    return inserted
  }

  /// Looks for every page of the runs, once.
  ///
  /// - Complexity: the sum of the probes.
  public func measure(_ runs: [PageRun]) -> LookupMeasure {
    var measure = LookupMeasure()
    for run in runs {
      for offset in 0..<run.pageCount {
        let answer = find(page: run.page &+ offset, space: run.space)
        measure.lookupCount += 1
        measure.probeCount += UInt64(answer.probeCount)
        measure.longestProbeCount = max(measure.longestProbeCount, answer.probeCount)
        if answer.found?.frame != run.frame &+ offset { measure.wrongCount += 1 }
      }
    }
    return measure
  }
}
