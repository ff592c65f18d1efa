import LinuxKernel
import PageTables

/// Neighbouring entries with the same verdict for the same reason.
struct ComparisonRun {
  var verdict: ComparedEntry.Verdict
  var depth: Int
  var firstIndex: UInt64
  var lastIndex: UInt64
  var first: VirtualAddress
  var last: VirtualAddress
  var why: String?

  static func runs(of entries: [ComparedEntry]) -> [ComparisonRun] {
    var runs: [ComparisonRun] = []
    for entry in entries {
      if let previous = runs.last, previous.verdict == entry.verdict, previous.depth == entry.depth,
        previous.why == entry.why, previous.last.rawValue &+ 1 == entry.first.rawValue
      {
        runs[runs.count - 1].last = entry.last
        runs[runs.count - 1].lastIndex = entry.index
      } else {
        runs.append(
          ComparisonRun(
            verdict: entry.verdict, depth: entry.depth, firstIndex: entry.index, lastIndex: entry.index,
            first: entry.first, last: entry.last, why: entry.why))
      }
    }
    return runs
  }
}
