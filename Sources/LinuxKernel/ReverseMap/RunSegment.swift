/// Some runs, sorted by frame, with an index of where they end: finds all runs that hold a frame.
///
/// Runs overlap, and one of them may span all memory, so the order of their beginnings is not enough. For
/// every 64 runs the highest end is kept, for every 64 of those again, and so on: a search goes down only
/// where something reaches far enough.
struct RunSegment: Sendable {
  static let fanOut = 64
  let runs: [MappingRun]
  /// The highest frame that is reached by each group of runs, then by each group of groups.
  private let ends: [[UInt64]]

  /// Sorts the runs by frame; those of one frame keep their order.
  ///
  /// - Parameters:
  ///   - runs: in any order.
  ///   - spans: how many frames an entry of a run's table spans.
  init(_ runs: consuming [MappingRun], spans: EntrySpans) {
    Self.sort(&runs)
    var level: [UInt64] = []
    level.reserveCapacity(runs.count / Self.fanOut + 1)
    for start in stride(from: 0, to: runs.count, by: Self.fanOut) {
      var end: UInt64 = 0
      for index in start..<min(start + Self.fanOut, runs.count) {
        end = max(end, spans.lastFrame(of: runs[index]))
      }
      level.append(end)
    }
    var levels = [level]
    while let below = levels.last, below.count > 1 {
      levels.append(
        stride(from: 0, to: below.count, by: Self.fanOut).map { start in
          below[start..<min(start + Self.fanOut, below.count)].max() ?? 0
        })
    }
    ends = levels
    self.runs = runs
  }

  /// Sorts by frame, 11 bits at a time from the lowest: five times faster than comparing, and as fast whatever
  /// the tables say. Bits that all frames share cost nothing.
  private static func sort(_ runs: inout [MappingRun]) {
    guard let first = runs.first?.frame else { return }
    let varying = runs.reduce(0) { $0 | ($1.frame ^ first) }
    var sorted = runs
    for shift in stride(from: UInt64(0), to: 44, by: 11) where varying >> shift & 0x7ff != 0 {
      // Where the next run with each value of the eleven bits goes.
      var places = [Int](repeating: 0, count: 1 << 11)
      for run in runs { places[Int(run.frame &>> shift & 0x7ff)] += 1 }
      var place = 0
      for value in places.indices { (places[value], place) = (place, place + places[value]) }
      for run in runs {
        let value = Int(run.frame &>> shift & 0x7ff)
        sorted[places[value]] = run
        places[value] += 1
      }
      swap(&runs, &sorted)
    }
  }

  /// Hands every run that holds `frame` to `body`, in order.
  ///
  /// - Complexity: logarithmic, and a few hundred comparisons for each run that is found.
  func forEach(holding frame: UInt64, spans: EntrySpans, _ body: (MappingRun) -> Bool) {
    // The runs that begin at or before the frame.
    let limit = runs.partitioningIndex { $0.frame > frame }
    _ = search(level: ends.count, 0..<1, before: limit, frame: frame, spans: spans, body)
  }

  /// Looks into the groups `range` of a level (0: the runs themselves); false once `body` has enough.
  private func search(
    level: Int, _ range: Range<Int>, before limit: Int, frame: UInt64, spans: EntrySpans,
    _ body: (MappingRun) -> Bool
  ) -> Bool {
    guard level > 0 else {
      for index in range where index < limit {
        guard spans.lastFrame(of: runs[index]) >= frame else { continue }
        guard body(runs[index]) else { return false }
      }
      return true
    }
    let groups = ends[level - 1]
    for group in range where group < groups.count && groups[group] >= frame {
      let below = group * Self.fanOut
      let count = level == 1 ? runs.count : ends[level - 2].count
      guard
        search(
          level: level - 1, below..<min(below + Self.fanOut, count), before: limit, frame: frame,
          spans: spans, body)
      else { return false }
    }
    return true
  }

  /// What the segment occupies.
  var byteCount: Int {
    runs.capacity * MemoryLayout<MappingRun>.stride
      + ends.reduce(0) { $0 + $1.capacity * MemoryLayout<UInt64>.stride }
  }
}
