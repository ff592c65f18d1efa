public import PageTables

/// An inverted page table: one entry for each frame of RAM, whatever the number of processes.
///
/// An entry says which page of which space its frame holds. A hash anchor table leads to chains of entries,
/// so that a page is found without passing over all frames. A frame has one entry, and so one page: a second
/// address of the same frame, in another space or in the same one, needs an extra entry beside the table, and
/// so does a page whose frame is not RAM (a device). These are what sharing costs, and are counted.
public struct InvertedTable: TranslationTable {
  /// The bytes of a frame's entry: page and rights 8, space 4, link 4.
  public static let entryByteCount: UInt64 = 16
  /// The bytes of an extra entry, which must name its frame, too.
  public static let extraEntryByteCount: UInt64 = 24
  /// The bytes of an anchor.
  public static let anchorByteCount = ChainAnchors.byteCount

  private struct Entry: BitwiseCopyable, Sendable {
    /// The page's number above six bits of rights.
    var key: UInt64 = 0
    var space: UInt32 = 0
    /// 0 for an entry that is not in use.
    var next: UInt32 = 0
  }

  private struct Stretch: Sendable {
    var first: UInt64
    var count: UInt64
    /// The index of its first entry.
    var offset: Int
  }

  private var stretches: [Stretch] = []
  private var entries: SparseArray<Entry>
  private var extras: [Entry] = []
  private var extraFrames: [UInt64] = []
  private var anchors: ChainAnchors
  private var usedFrameCount = 0

  /// How many frames there are: so many entries the table has.
  public private(set) var frameCount: Int
  /// Further addresses of frames that have their entry already.
  public private(set) var aliasCount = 0
  /// Pages whose frames are not RAM.
  public private(set) var outsideCount = 0

  /// An empty table.
  ///
  /// - Parameters:
  ///   - frames: the numbers of RAM's frames, in any order; what overlaps counts once.
  ///   - frameLimit: how many frames there may be at most; four bytes are kept for each from the start.
  /// - Throws: ``TableSizeError/tooManyFrames(_:limit:)``.
  public init(frames: [ClosedRange<UInt64>], frameLimit: Int = 1 << 26) throws(TableSizeError) {
    var total: UInt64 = 0
    var next: UInt64? = 0
    for range in frames.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      guard let free = next, range.upperBound >= free else { continue }
      let first = max(range.lowerBound, free)
      let (count, overflows) = (range.upperBound - first).addingReportingOverflow(1)
      guard !overflows, count <= UInt64(frameLimit), total + count <= UInt64(frameLimit) else {
        throw .tooManyFrames(limit: frameLimit)
      }
      stretches.append(Stretch(first: first, count: count, offset: Int(total)))
      total += count
      next = range.upperBound == .max ? nil : range.upperBound + 1
    }
    frameCount = Int(total)
    entries = SparseArray(repeating: Entry(), count: frameCount)
    anchors = ChainAnchors(count: frameCount)
  }

  public var usedEntryCount: Int { usedFrameCount + extras.count }
  public var anchorCount: Int { anchors.count }
  /// Entries beside the table: aliases and pages outside RAM.
  public var extraEntryCount: Int { extras.count }
  /// Frames whose entries name a page.
  public var mappedFrameCount: Int { usedFrameCount }
  public var byteCount: UInt64 {
    UInt64(frameCount) * Self.entryByteCount + UInt64(extras.count) * Self.extraEntryByteCount
      + UInt64(anchors.count) * Self.anchorByteCount
  }
  public var chainLengths: [Int] { anchors.lengths { entry(at: $0).next } }

  public mutating func insert(page: UInt64, space: UInt32, frame: UInt64, access: Access) -> Bool {
    guard page < 1 << 58, frameCount + extras.count < ChainAnchors.entryLimit,
      find(page: page, space: space).found == nil
    else { return false }
    let bucket = anchors.bucket(page: page, space: space)
    let entry = Entry(key: page << 6 | UInt64(access.rawValue), space: space, next: anchors[bucket])
    let own = index(of: frame)
    if let own, entries[own].next == 0 {
      entries[own] = entry
      usedFrameCount += 1
      anchors[bucket] = ChainAnchors.link(to: own)
      return true
    }
    if own == nil { outsideCount += 1 } else { aliasCount += 1 }
    anchors[bucket] = ChainAnchors.link(to: frameCount + extras.count)
    extras.append(entry)
    extraFrames.append(frame)
    return true
  }

  public func find(page: UInt64, space: UInt32) -> TableLookup {
    var link = anchors[anchors.bucket(page: page, space: space)]
    var probeCount = 0
    while let index = ChainAnchors.index(of: link) {
      probeCount += 1
      let entry = entry(at: index)
      if entry.key >> 6 == page, entry.space == space {
        return TableLookup(
          found: .init(frame: frame(at: index), access: Access(rawValue: UInt8(entry.key & 63))),
          probeCount: probeCount)
      }
      link = entry.next
    }
    return TableLookup(found: nil, probeCount: probeCount)
  }

  private func entry(at index: Int) -> Entry {
    index < frameCount ? entries[index] : extras[index - frameCount]
  }

  /// The entry's index of a frame of RAM.
  private func index(of frame: UInt64) -> Int? {
    let place = stretches.partitionIndex { $0.first <= frame }
    guard place > 0, frame - stretches[place - 1].first < stretches[place - 1].count else { return nil }
    return stretches[place - 1].offset + Int(frame - stretches[place - 1].first)
  }

  private func frame(at index: Int) -> UInt64 {
    guard index < frameCount else { return extraFrames[index - frameCount] }
    let place = stretches.partitionIndex { $0.offset <= index }
    return stretches[place - 1].first + UInt64(index - stretches[place - 1].offset)
  }
}

extension Array {
  /// How many elements at the beginning `isBefore` holds for, which it must for no later one.
  fileprivate func partitionIndex(_ isBefore: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
