/// A claim on a stretch of an address space, of which several may overlap.
struct Claim: Hashable {
  /// The first address.
  var start: UInt64
  /// The last address, inclusive.
  var last: UInt64
  /// The higher one wins; of equals, the one with the lower payload.
  var priority: UInt64
  /// What the claim is for.
  var payload: Int

  private func wins(over other: Claim) -> Bool {
    priority != other.priority ? priority > other.priority : payload < other.payload
  }

  /// Settles who has what: the answer is ascending and disjoint, covers what the claims cover, and has fewer
  /// than twice as many parts as there are claims. O(n log n), whatever the claims are.
  static func settle(_ claims: [Claim]) -> [Claim] {
    let sorted = claims.sorted { $0.start < $1.start }
    if zip(sorted, sorted.dropFirst()).allSatisfy({ $0.last < $1.start }) { return sorted }
    var settled: [Claim] = []
    var open = Heap()
    var index = 0
    var cursor: UInt64 = 0
    while true {
      while let top = open.top, top.last < cursor { open.removeTop() }
      guard var winner = open.top else {
        guard index < sorted.count else { return settled }
        cursor = max(cursor, sorted[index].start)
        open.insert(sorted[index])
        index += 1
        continue
      }
      winner.start = cursor
      if index < sorted.count, sorted[index].start <= winner.last {
        let next = sorted[index]
        if next.start <= cursor || winner.wins(over: next) {
          // It is open from here on, or cannot win before the present winner ends.
          open.insert(next)
          index += 1
          continue
        }
        winner.last = next.start - 1
      }
      settled.append(winner)
      guard winner.last < .max else { return settled }
      cursor = winner.last + 1
    }
  }

  /// A binary heap with the winning claim on top.
  private struct Heap {
    private var claims: [Claim] = []

    var top: Claim? { claims.first }

    mutating func insert(_ claim: Claim) {
      claims.append(claim)
      var child = claims.count - 1
      while child > 0, case let parent = (child - 1) / 2, claims[child].wins(over: claims[parent]) {
        claims.swapAt(child, parent)
        child = parent
      }
    }

    mutating func removeTop() {
      claims.swapAt(0, claims.count - 1)
      claims.removeLast()
      var parent = 0
      while true {
        var best = parent
        for child in [2 * parent + 1, 2 * parent + 2] where child < claims.count {
          if claims[child].wins(over: claims[best]) { best = child }
        }
        guard best != parent else { return }
        claims.swapAt(best, parent)
        parent = best
      }
    }
  }
}
