import PageTableEditing
import PageTables

// Frames behind entries: what a mapping counts, and how it is taken back.

extension Machine {
  /// A frame for a private page, not mapped yet.
  @inline(__always)
  mutating func allocateAnonymous(for space: AddressSpace, in area: Area, page: UInt64) -> UInt64? {
    allocateFrames(
      kind: .anonymous, owner: space.id, index: area.page(at: page, pageSizeBits: pageSizeBits))
  }

  /// Maps a new private page: exclusive, young, and writable and dirty if the area may be written.
  @inline(__always)
  mutating func installAnonymous(_ frame: UInt64, at slot: EntrySlot, in area: Area, space: AddressSpace) {
    var entry = codec.young(codec.entry(frame: frame, rights: area.flags))
    if area.flags.contains(.write) { entry = codec.writable(codec.dirty(entry)) }
    frames.makeOwn(frame)
    space.usage.anonymousPages += 1
    setEntry(entry, at: slot, depth: lastDepth)
  }

  /// Maps one more time a page that the cache holds.
  mutating func installFile(_ frame: UInt64, _ entry: PageEntry, at slot: EntrySlot, space: AddressSpace) {
    frames[frame].mapCount += 1
    frames[frame].referenceCount += 1
    Self.count(frames[frame].kind, 1, in: &space.usage)
    setEntry(entry, at: slot, depth: lastDepth)
  }

  /// One entry less that maps `frame`: the frame is free when nobody else refers to it.
  @inline(__always)
  mutating func releaseMapping(of frame: UInt64, usage: inout SpaceUsage) {
    guard frame != zeroFrame, frames.isRAM(frame) else { return }
    if hasLockedMemory { frames[frame].flags.insert(.isBatched) }
    frames[frame].mapCount -= 1
    Self.count(frames[frame].kind, -1, in: &usage)
    if frames.drop(frame) { log.add(.freed(frame: frame)) }
  }

  @inline(__always)
  static func count(_ kind: FrameDescriptor.Kind, _ pages: Int64, in usage: inout SpaceUsage) {
    switch kind {
    case .anonymous: usage.anonymousPages += pages
    case .sharedMemory: usage.sharedMemoryPages += pages
    case .hugePage: usage.fixedHugePages += pages
    default: usage.filePages += pages
    }
  }

  /// Takes the pages of a range out of the tables, which stay (`zap_page_range_single`, `unmap_vmas`).
  ///
  /// - Parameter keepsCopies: private copies of a file's pages stay: a hole is punched into the file.
  mutating func zap(_ range: Range<UInt64>, of space: AddressSpace, keepsCopies: Bool = false) {
    if space.hasLargeEntries { zapLarge(range, of: space, keepsCopies: keepsCopies) }
    var address = range.lowerBound
    var usage = space.usage
    var found = false
    while var slot = nextSlot(from: &address, below: range.upperBound, root: space.root, depth: lastDepth) {
      let count = runCount(slot, from: address, below: range.upperBound)
      let table = slot
      lockTable(of: table, depth: lastDepth, site: "zap_pte_range")
      for _ in 0..<count {
        let entry = entry(at: slot, depth: lastDepth)
        if !entry.isNone {
          if codec.isPresent(entry) {
            let frame = codec.frame(of: entry)
            if !keepsCopies || frame == zeroFrame || frames[frame].kind != .anonymous {
              noteWrite(entry, frame)
              setEntry(.none, at: slot, depth: lastDepth)
              releaseMapping(of: frame, usage: &usage)
              found = true
            }
          } else if !keepsCopies {
            // What is swapped out is a private copy.
            releaseSwap(of: entry, usage: &usage)
            setEntry(.none, at: slot, depth: lastDepth)
          }
        }
        advance(&slot)
      }
      unlockTable(of: table, depth: lastDepth)
      address &+= count &<< pageSizeBits
    }
    space.usage = usage
    if found { flush(range, of: space) }
  }

  /// What an entry knows of writes to a file's page, its frame knows from then on.
  @inline(__always)
  private mutating func noteWrite(_ entry: PageEntry, _ frame: UInt64) {
    if frames.isRAM(frame), frames[frame].kind == .file, codec.isDirty(entry) {
      frames[frame].flags.insert(.dirty)
    }
  }

  // MARK: Contents

  /// Fills a frame with zeros.
  @inline(__always)
  mutating func clear(_ frame: UInt64) {
    counters.zeroedPages &+= 1
    try? memory.makeZero(at: PhysicalAddress(frame &<< pageSizeBits), count: Int(pageByteCount))
  }

  mutating func copy(from source: UInt64, to target: UInt64) {
    try? memory.copyPages(
      from: PhysicalAddress(source &<< pageSizeBits), to: PhysicalAddress(target &<< pageSizeBits),
      count: Int(pageByteCount))
  }
}
