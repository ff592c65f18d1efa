/// The anchors of a table's chains: which entry is the first of each.
///
/// A link is 0 for "no entry" where memory is fresh, 1 at the end of a chain, and otherwise an entry's index
/// plus 2, so that what was never written reads as unused.
struct ChainAnchors: Sendable {
  static let end: UInt32 = 1
  /// The most entries that links can name.
  static let entryLimit = Int(UInt32.max) - 2
  /// The bytes of a link.
  static let byteCount: UInt64 = 4

  private var links: SparseArray<UInt32>
  private let shift: UInt64

  /// - Parameter count: at least so many; a power of two is made of it.
  init(count: Int) {
    let bits = Self.bits(for: UInt64(max(count, 1)))
    links = SparseArray(repeating: Self.end, count: 1 << bits)
    shift = UInt64(64 - bits)
  }

  /// The smallest power of two that is not below `count`, as an exponent.
  static func bits(for count: UInt64) -> Int { count <= 1 ? 0 : 64 - (count - 1).leadingZeroBitCount }

  var count: Int { links.count }

  static func link(to index: Int) -> UInt32 { UInt32(index + 2) }
  /// The entry that a link names, or nil at the end of a chain.
  static func index(of link: UInt32) -> Int? { link < 2 ? nil : Int(link) - 2 }

  subscript(bucket: Int) -> UInt32 {
    get { links[bucket] }
    set { links[bucket] = newValue }
  }

  /// Which chain a page is in: the upper bits of a product, which all bits of both numbers have a part in.
  func bucket(page: UInt64, space: UInt32) -> Int {
    var mixed = page &+ UInt64(space) &* 0x9e37_79b9_7f4a_7c15
    mixed = (mixed ^ mixed >> 32) &* 0xd6e8_feb8_6659_fd93
    mixed = (mixed ^ mixed >> 29) &* 0xd6e8_feb8_6659_fd93
    return shift == 64 ? 0 : Int(mixed >> shift)
  }

  /// How many chains have which length.
  func lengths(next: (Int) -> UInt32) -> [Int] {
    var lengths = [0]
    var occupied = 0
    for chunk in links.chunks {
      for first in chunk where first != Self.end {
        var length = 0
        var link = first
        while let index = Self.index(of: link) {
          length += 1
          link = next(index)
        }
        while lengths.count <= length { lengths.append(0) }
        lengths[length] += 1
        occupied += 1
      }
    }
    lengths[0] = count - occupied
    return lengths
  }
}
