import PageTables

/// How many frames an entry of a table spans. Tables are numbered level by level, so a table's number tells.
struct EntrySpans: Sendable {
  /// The first table of each level.
  private let levelStarts: [Int]
  private let frameCounts: [UInt64]

  init(_ format: PagingFormat, levelStarts: [Int]) {
    self.levelStarts = levelStarts
    frameCounts = levelStarts.indices.map { depth in
      1 &<< (UInt64(format.geometry(depth).shift) &- UInt64(format.pageSizeBits))
    }
  }

  /// The level of a table.
  func depth(of table: Int) -> Int {
    var depth = levelStarts.count &- 1
    while depth > 0, levelStarts[depth] > table { depth &-= 1 }
    return max(depth, 0)
  }

  /// The last frame that `run` maps.
  func lastFrame(of run: MappingRun) -> UInt64 {
    run.frame &+ UInt64(run.count) &* frameCounts[depth(of: run.table)] &- 1
  }
}
