import PageTables

/// Which tables an audit has been in, so that each is looked into once: what all processes share, and what
/// forged tables repeat.
struct TableMemory {
  /// A table as one way of reaching it shows it: the rights above it decide what its leaves allow.
  private struct View: Hashable {
    var table: UInt64
    var way: UInt32
  }

  private struct Reached {
    var place: SharedTable.Place
    var depth: Int
  }

  private var views: Set<View> = []
  private var reached: [UInt64: Reached] = [:]
  /// Tables reached twice, unless both times in the kernel half; at most as many as `sharedLimit`.
  private(set) var shared: [SharedTable] = []
  private let sharedLimit = 4096
  private(set) var leftOut = 0
  /// The shared table that the walk is below: what it names is shared, too, and need not be said again.
  private var cover: (owner: Int, isKernelHalf: Bool, depth: Int)?

  /// Notes a visit; false if there is nothing new to see.
  mutating func enter(_ position: TablePosition, owner: Int, isKernelHalf: Bool) -> Bool {
    let way =
      UInt32(position.access.rawValue) | UInt32(position.depth & 0xff) << 8 | (isKernelHalf ? 1 << 16 : 0)
    let isNew = views.insert(View(table: position.table.rawValue, way: way)).inserted
    if let above = cover,
      above.owner != owner || above.isKernelHalf != isKernelHalf || position.depth <= above.depth
    {
      cover = nil
    }
    let place = SharedTable.Place(owner: owner, base: position.base, isKernelHalf: isKernelHalf)
    guard let known = reached[position.table.rawValue] else {
      reached[position.table.rawValue] = Reached(place: place, depth: position.depth)
      return isNew
    }
    // A root serves both halves, and a table of two processes at the boundary both parts of its range.
    let isSamePlace =
      known.place.owner == owner
      && (known.place.base == position.base || position.depth == 0 && known.depth == 0)
    let isKernels = known.place.isKernelHalf && isKernelHalf
    if !isSamePlace, !isKernels, cover == nil {
      cover = (owner, isKernelHalf, position.depth)
      if shared.count < sharedLimit {
        shared.append(
          SharedTable(
            table: position.table, depth: position.depth, indexBits: position.indexBits, first: known.place,
            second: place))
      } else {
        leftOut += 1
      }
    }
    return isNew
  }
}
