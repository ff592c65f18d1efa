import PageTables

/// Takes the ranges of one table after the other, and packs them into sorted segments.
///
/// A segment is sorted as soon as it is full, while it is still in a cache, and never copied again: what the
/// build needs at its peak is what the map needs in the end.
struct RunCollector: RangeSink, Sendable {
  /// The runs of a full segment: 3 MiB.
  static let segmentRunCount = 1 << 18

  private let pageSizeBits: UInt64
  /// The level's shift.
  private var shift: UInt64 = 0
  private var table = 0
  private var runs: [MappingRun] = []
  private(set) var segments: [RunSegment] = []
  private(set) var runCount = 0
  /// Leaf entries, each once for each table that it is in.
  private(set) var leafCount = 0
  /// Runs that a ``MappingRun`` has no room for.
  private(set) var excessCount = 0

  init(_ format: PagingFormat) { pageSizeBits = UInt64(format.pageSizeBits) }

  /// What follows comes from `table`, whose entries span 2^`shift` bytes.
  mutating func begin(table: Int, shift: UInt8) {
    self.table = table
    self.shift = UInt64(shift)
  }

  mutating func receive(_ range: MappedRange) {
    guard case .mapped(let mapping) = range.content else { return }
    let count = Int(truncatingIfNeeded: range.byteCount &>> shift)
    leafCount += count
    guard
      let run = MappingRun(
        frame: mapping.physical.rawValue &>> pageSizeBits, table: table,
        firstIndex: Int(truncatingIfNeeded: range.first.rawValue &>> shift), count: count)
    else {
      excessCount += 1
      return
    }
    runs.append(run)
    runCount += 1
  }

  var isFull: Bool { runs.count >= Self.segmentRunCount }

  /// Sorts what there is into a segment.
  mutating func seal(_ spans: EntrySpans) {
    guard !runs.isEmpty else { return }
    var full: [MappingRun] = []
    swap(&full, &runs)
    segments.append(RunSegment(full, spans: spans))
  }
}
