public import PageTables

/// A set of pages of 4 KiB, by their numbers: a bit for each, in words of 64.
public struct PageSet: Hashable, Sendable {
  private var words: [UInt64: UInt64] = [:]
  /// How many pages are in it.
  public private(set) var count = 0

  public init() {}

  /// Whether the page that holds `address` is in it.
  public func contains(_ address: PhysicalAddress) -> Bool {
    let page = address.rawValue >> 12
    return (words[page >> 6] ?? 0) >> (page & 63) & 1 == 1
  }

  /// Adds the page that holds `address`; false if it was there before.
  @discardableResult
  public mutating func insert(_ address: PhysicalAddress) -> Bool {
    let page = address.rawValue >> 12
    let bit = UInt64(1) << (page & 63)
    let word = words[page >> 6] ?? 0
    guard word & bit == 0 else { return false }
    words[page >> 6] = word | bit
    count += 1
    return true
  }

  /// Adds the pages that `byteCount` bytes at `address` touch, up to the end of the address space.
  public mutating func insert(_ address: PhysicalAddress, byteCount: Int) {
    guard byteCount > 0 else { return }
    let (end, overflows) = address.rawValue.addingReportingOverflow(UInt64(byteCount - 1))
    var page = address.rawValue >> 12
    let last = (overflows ? .max : end) >> 12
    while page <= last {
      insert(PhysicalAddress(page << 12))
      page += 1
    }
  }

  /// Takes the page that holds `address` out.
  public mutating func remove(_ address: PhysicalAddress) {
    guard contains(address) else { return }
    let page = address.rawValue >> 12
    words[page >> 6]? &= ~(1 << (page & 63))
    count -= 1
  }

  /// Adds all pages of `other`.
  public mutating func formUnion(_ other: PageSet) {
    for (key, word) in other.words {
      let known = words[key] ?? 0
      count += (word & ~known).nonzeroBitCount
      words[key] = known | word
    }
  }

  /// The pages' first addresses, ascending.
  ///
  /// - Complexity: O(n log n).
  public var addresses: [PhysicalAddress] {
    var addresses: [PhysicalAddress] = []
    addresses.reserveCapacity(count)
    for key in words.keys.sorted() {
      var word = words[key] ?? 0
      while word != 0 {
        addresses.append(PhysicalAddress((key << 6 + UInt64(word.trailingZeroBitCount)) << 12))
        word &= word - 1
      }
    }
    return addresses
  }
}
