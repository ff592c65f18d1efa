/// A stretch of addresses; the last is inclusive.
struct Stretch: Hashable, Sendable {
  var first: UInt64
  var last: UInt64
}

/// An address space on an axis that a person can read: what holds something is drawn, what lies between is folded
/// to a few columns, however large it is.
struct StripLayout {
  /// A part of the axis.
  struct Piece {
    var stretch: Stretch
    var isGap: Bool
    var columnCount: Int
  }

  private(set) var pieces: [Piece] = []

  /// How many stretches are drawn apart from each other at most.
  private static let stretchLimit = 80
  private static let gapColumnCount = 4

  /// - Parameters:
  ///   - stretches: what holds something, ascending and disjoint, inside `whole`.
  ///   - borders: addresses at which a piece begins in any case, ascending.
  ///   - columnCount: how many columns there are at most.
  ///   - pageSizeBits: no column is smaller than a page.
  init(
    _ stretches: [Stretch], in whole: Stretch, borders: [UInt64], columnCount: Int, pageSizeBits: UInt64
  ) {
    let kept = Self.folded(Self.cut(stretches, at: borders))
    var next: UInt64? = whole.first
    for stretch in kept {
      guard let start = next else { break }
      if stretch.first > start {
        addGap(from: start, through: stretch.first - 1, borders: borders, pageSizeBits: pageSizeBits)
      }
      pieces.append(Piece(stretch: stretch, isGap: false, columnCount: 0))
      next = stretch.last == .max ? nil : stretch.last + 1
    }
    if let start = next, start <= whole.last {
      addGap(from: start, through: whole.last, borders: borders, pageSizeBits: pageSizeBits)
    }
    share(columnCount, pageSizeBits: pageSizeBits)
  }

  private mutating func addGap(
    from first: UInt64, through last: UInt64, borders: [UInt64], pageSizeBits: UInt64
  ) {
    for stretch in Self.cut([Stretch(first: first, last: last)], at: borders) {
      let pages = (stretch.last - stretch.first) >> pageSizeBits + 1
      pieces.append(
        Piece(stretch: stretch, isGap: true, columnCount: min(Self.gapColumnCount, Int(clamping: pages))))
    }
  }

  /// The stretches, cut where a border lies in one.
  private static func cut(_ stretches: [Stretch], at borders: [UInt64]) -> [Stretch] {
    stretches.flatMap { stretch in
      var parts: [Stretch] = []
      var first = stretch.first
      for border in borders where border > first && border <= stretch.last {
        parts.append(Stretch(first: first, last: border - 1))
        first = border
      }
      return parts + [Stretch(first: first, last: stretch.last)]
    }
  }

  /// Joins what is so near that the gap can be drawn to scale, and the nearest of the rest if there are too many.
  private static func folded(_ stretches: [Stretch]) -> [Stretch] {
    var joined: [Stretch] = []
    for stretch in stretches {
      if let last = joined.last {
        let gap = stretch.first - last.last - 1
        let size = max(last.last - last.first, stretch.last - stretch.first)
        if gap > 0, gap <= size / 8 {
          joined[joined.count - 1].last = stretch.last
          continue
        }
      }
      joined.append(stretch)
    }
    guard joined.count > stretchLimit else { return joined }
    // Neighbours touch at a border only; that gap of nothing stays.
    let gaps = zip(joined, joined.dropFirst()).map { $1.first - $0.last - 1 }
    let order = gaps.indices.sorted { (gaps[$0] == 0 ? .max : gaps[$0]) > (gaps[$1] == 0 ? .max : gaps[$1]) }
    let shown = Set(order.prefix(stretchLimit - 1))
    var result = [joined[0]]
    for index in gaps.indices {
      if shown.contains(index) {
        result.append(joined[index + 1])
      } else {
        result[result.count - 1].last = joined[index + 1].last
      }
    }
    return result
  }

  /// Gives the columns that gaps leave to the rest: more to what is larger, but by the logarithm.
  private mutating func share(_ columnCount: Int, pageSizeBits: UInt64) {
    let drawn = pieces.indices.filter { !pieces[$0].isGap }
    guard !drawn.isEmpty else { return }
    let room = max(drawn.count, columnCount - pieces.count { $0.isGap } * Self.gapColumnCount)
    func pages(_ index: Int) -> UInt64 {
      (pieces[index].stretch.last - pieces[index].stretch.first) >> pageSizeBits + 1
    }
    // A lone stretch is drawn to scale; of several none may vanish.
    let weights = drawn.map { Double(UInt64.bitWidth - pages($0).leadingZeroBitCount) }
    var order = Array(drawn.indices)
    // The small ones first: what they cannot use is left to the others.
    order.sort { pages(drawn[$0]) < pages(drawn[$1]) }
    var left = room
    var weightLeft = weights.reduce(0, +)
    for place in order {
      let fair = Int(Double(left) * weights[place] / max(weightLeft, 1))
      let limit = Int(clamping: pages(drawn[place]))
      let count = max(1, min(fair, limit))
      pieces[drawn[place]].columnCount = count
      left -= count
      weightLeft -= weights[place]
    }
  }

  /// The first address of each column, ascending.
  func columnStarts(pageSizeBits: UInt64) -> [UInt64] {
    pieces.flatMap { piece -> [UInt64] in
      let pages = (piece.stretch.last - piece.stretch.first) >> pageSizeBits + 1
      let count = UInt64(piece.columnCount)
      return (0..<count).map { column in
        // At most 2^52 pages and 2^12 columns.
        let page = pages.multipliedReportingOverflow(by: column).partialValue / count
        return piece.stretch.first + page << pageSizeBits
      }
    }
  }
}
