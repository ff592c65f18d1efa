import PageTables

/// Which entries of a table translate a range of addresses, and which addresses each of them translates.
struct TablePlace {
  let depth: Int
  let firstIndex: UInt64
  let lastIndex: UInt64
  private let first: UInt64
  private let last: UInt64
  private let base: UInt64
  private let shift: UInt64

  /// - Parameters:
  ///   - first: the first address of the range, in the table's span.
  ///   - last: the last, in the table's span and not below `first`.
  init(level: Level, depth: Int, indexBits: UInt8, first: VirtualAddress, last: VirtualAddress) {
    self.depth = depth
    self.first = first.rawValue
    self.last = last.rawValue
    shift = UInt64(level.shift)
    let bits = shift + UInt64(indexBits)
    base = bits >= 64 ? 0 : self.first & ~((1 << bits) - 1)
    let mask: UInt64 = (1 << UInt64(indexBits)) - 1
    firstIndex = (self.first >> shift) & mask
    lastIndex = max(firstIndex, (self.last >> shift) & mask)
  }

  /// The addresses of the range that the entry `index` translates, both inclusive.
  func span(of index: UInt64) -> (first: VirtualAddress, last: VirtualAddress) {
    let start = base &+ index &<< shift
    return (
      VirtualAddress(max(start, first)), VirtualAddress(min(start &+ ((1 << shift) - 1), last))
    )
  }

  /// Whether the entry `index` translates addresses outside of the range, too.
  func isCut(_ index: UInt64) -> Bool {
    let start = base &+ index &<< shift
    return start < first || start &+ ((1 << shift) - 1) > last
  }
}
