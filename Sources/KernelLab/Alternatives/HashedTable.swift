public import PageTables

/// A hashed page table: an entry for each mapped page of each space, in chains that hang on buckets.
///
/// Unlike an inverted table it grows with what is mapped, not with RAM, and a frame may have any number of
/// addresses. A clustered table's entry stands for several neighbouring pages: it takes one tag and one link for
/// all of them, and room for those that are not mapped.
public struct HashedTable: TranslationTable {
  /// The bytes of an entry's tag (page 8, space 4) and link (4).
  public static let headByteCount: UInt64 = 16
  /// The bytes for each page of an entry: frame and rights.
  public static let slotByteCount: UInt64 = 8
  /// The bytes of a bucket: the link to its first entry.
  public static let bucketByteCount = ChainAnchors.byteCount

  private struct Head: BitwiseCopyable, Sendable {
    var cluster: UInt64
    var space: UInt32
    var next: UInt32
  }

  private var buckets: ChainAnchors
  private var heads: [Head] = []
  /// Frame, six bits of rights, and whether the page is mapped.
  private var slots: [UInt64] = []
  private let clusterBits: UInt64

  /// How many pages are mapped.
  public private(set) var mappedPageCount = 0

  /// An empty table.
  ///
  /// - Parameters:
  ///   - bucketCount: at least so many; a power of two is made of it, at most 2^28.
  ///   - pagesPerEntryBits: an entry stands for 2^`pagesPerEntryBits` pages; at most 6.
  public init(bucketCount: Int, pagesPerEntryBits: Int = 0) {
    buckets = ChainAnchors(count: min(max(bucketCount, 1), 1 << 28))
    clusterBits = UInt64(min(max(pagesPerEntryBits, 0), 6))
  }

  /// The bytes of an entry.
  public var entryByteCount: UInt64 { Self.headByteCount + Self.slotByteCount << clusterBits }
  public var usedEntryCount: Int { heads.count }
  public var anchorCount: Int { buckets.count }
  public var byteCount: UInt64 {
    UInt64(heads.count) * entryByteCount + UInt64(buckets.count) * Self.bucketByteCount
  }
  public var chainLengths: [Int] { buckets.lengths { heads[$0].next } }

  public mutating func insert(page: UInt64, space: UInt32, frame: UInt64, access: Access) -> Bool {
    guard frame < 1 << 57 else { return false }
    let cluster = page >> clusterBits
    let place: Int
    if let known = entry(of: cluster, space: space).index {
      place = known
    } else {
      guard heads.count < ChainAnchors.entryLimit else { return false }
      let bucket = buckets.bucket(page: cluster, space: space)
      place = heads.count
      heads.append(Head(cluster: cluster, space: space, next: buckets[bucket]))
      for _ in 0..<1 << clusterBits { slots.append(0) }
      buckets[bucket] = ChainAnchors.link(to: place)
    }
    let slot = slotIndex(entry: place, page: page)
    guard slots[slot] == 0 else { return false }
    slots[slot] = frame << 7 | UInt64(access.rawValue) << 1 | 1
    mappedPageCount += 1
    return true
  }

  public func find(page: UInt64, space: UInt32) -> TableLookup {
    let (index, probeCount) = entry(of: page >> clusterBits, space: space)
    guard let index else { return TableLookup(found: nil, probeCount: probeCount) }
    let slot = slots[slotIndex(entry: index, page: page)]
    guard slot != 0 else { return TableLookup(found: nil, probeCount: probeCount) }
    return TableLookup(
      found: .init(frame: slot >> 7, access: Access(rawValue: UInt8(slot >> 1 & 63))), probeCount: probeCount)
  }

  private func slotIndex(entry: Int, page: UInt64) -> Int {
    entry << Int(clusterBits) | Int(page & (1 << clusterBits - 1))
  }

  private func entry(of cluster: UInt64, space: UInt32) -> (index: Int?, probeCount: Int) {
    var link = buckets[buckets.bucket(page: cluster, space: space)]
    var probeCount = 0
    while let index = ChainAnchors.index(of: link) {
      probeCount += 1
      let head = heads[index]
      if head.cluster == cluster, head.space == space { return (index, probeCount) }
      link = head.next
    }
    return (nil, probeCount)
  }
}
