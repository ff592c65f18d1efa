/// A set-associative translation lookaside buffer with tags for address spaces.
///
/// Entries of all page sizes share the sets; an address is looked up once for each size that is in use.
public struct TLB: Sendable {
  /// One translation.
  struct Entry: Hashable, Sendable, BitwiseCopyable {
    /// The page's number: its first address, shifted by its size.
    var page: UInt64
    /// The first byte's physical address.
    var physical: UInt64
    var tag: UInt16
    /// 0: the entry is empty.
    var sizeBits: UInt8
    /// Rights as in `Access`, without *write* while the page is clean.
    var rights: UInt8
    var isGlobal: Bool

    static var empty: Entry {
      Entry(page: 0, physical: 0, tag: 0, sizeBits: 0, rights: 0, isGlobal: false)
    }
  }

  public let geometry: TLBGeometry
  private(set) var entries: [Entry]
  /// The way of each set that is replaced next.
  private var turns: [UInt8]
  private let setMask: UInt64
  private let wayCount: Int
  /// The page sizes in use, as bits; cleared when all is flushed.
  private var sizes: UInt64 = 0

  public private(set) var hitCount: UInt64 = 0
  public private(set) var missCount: UInt64 = 0
  public private(set) var flushCount: UInt64 = 0

  /// - Precondition: the geometry's counts are powers of two (`Profile.validate`).
  init(_ geometry: TLBGeometry) {
    self.geometry = geometry
    wayCount = geometry.wayCount
    setMask = UInt64(geometry.entryCount / geometry.wayCount - 1)
    entries = [Entry](repeating: .empty, count: geometry.entryCount)
    turns = [UInt8](repeating: 0, count: geometry.entryCount / geometry.wayCount)
  }

  /// The physical address of `address` if a translation with all of `rights` is held, else nil.
  @inline(__always)
  mutating func lookUp(_ address: UInt64, tag: UInt16, rights: UInt8) -> UInt64? {
    var remaining = sizes
    while remaining != 0 {
      let sizeBits = UInt64(remaining.trailingZeroBitCount)
      remaining &= remaining &- 1
      let page = address &>> sizeBits
      let first = Int(truncatingIfNeeded: page & setMask) &* wayCount
      var way = 0
      while way < wayCount {
        let entry = entries[first &+ way]
        if entry.page == page, UInt64(entry.sizeBits) == sizeBits, entry.isGlobal || entry.tag == tag {
          guard entry.rights & rights == rights else { break }
          hitCount &+= 1
          return entry.physical | (address & ((1 &<< sizeBits) &- 1))
        }
        way &+= 1
      }
    }
    missCount &+= 1
    return nil
  }

  /// Holds a translation, in place of an older one of the same page.
  mutating func insert(_ entry: Entry) {
    let first = Int(truncatingIfNeeded: entry.page & setMask) &* wayCount
    var place = -1
    for way in 0..<wayCount {
      let old = entries[first + way]
      if old.sizeBits == 0 || old.page == entry.page && old.sizeBits == entry.sizeBits && old.tag == entry.tag
      {
        place = first + way
        break
      }
    }
    if place < 0 {
      let turn = Int(turns[first / wayCount])
      turns[first / wayCount] = UInt8((turn + 1) % wayCount)
      place = first + turn
    }
    entries[place] = entry
    sizes |= 1 << UInt64(entry.sizeBits)
  }

  // MARK: Flushing

  /// Forgets the page that holds `address` under `tag`, global ones included.
  mutating func flush(_ address: UInt64, tag: UInt16) {
    flushCount &+= 1
    var remaining = sizes
    while remaining != 0 {
      let sizeBits = UInt64(remaining.trailingZeroBitCount)
      remaining &= remaining &- 1
      let page = address &>> sizeBits
      let first = Int(truncatingIfNeeded: page & setMask) &* wayCount
      for place in first..<first + wayCount
      where entries[place].page == page && UInt64(entries[place].sizeBits) == sizeBits
        && (entries[place].isGlobal || entries[place].tag == tag)
      {
        entries[place] = .empty
      }
    }
  }

  /// Forgets every page that meets the range under `tag`, global ones included.
  mutating func flush(_ range: Range<UInt64>, tag: UInt16) {
    flushCount &+= 1
    for place in entries.indices {
      let entry = entries[place]
      guard entry.sizeBits != 0, entry.isGlobal || entry.tag == tag else { continue }
      let start = entry.page &<< UInt64(entry.sizeBits)
      let last = start &+ ((1 &<< UInt64(entry.sizeBits)) &- 1)
      if start < range.upperBound, last >= range.lowerBound { entries[place] = .empty }
    }
  }

  /// Forgets all of `tag` but what is global.
  mutating func flush(tag: UInt16) {
    flushCount &+= 1
    for place in entries.indices where entries[place].tag == tag && !entries[place].isGlobal {
      entries[place] = .empty
    }
  }

  /// Forgets everything; global translations only if asked to.
  mutating func flushAll(includingGlobal: Bool = true) {
    flushCount &+= 1
    for place in entries.indices where includingGlobal || !entries[place].isGlobal {
      entries[place] = .empty
    }
    if includingGlobal { sizes = 0 }
  }
}
