import PageTableEditing
import PageTables

// Huge pages are entries one level above the last. Each of their frames is counted by itself, as small pages
// are: so a split changes no count, and any of them can be copied, unmapped and swapped out afterwards. Linux
// counts the entry once, and splits the frames only when it must.

extension Machine {
  var hugePageDepth: Int { lastDepth - 1 }
  /// Bytes of a huge page, and small pages in it.
  public var hugePageByteCount: UInt64 { 1 &<< UInt64(geometries[max(0, hugePageDepth)].shift) }
  var hugePageCount: UInt64 { hugePageByteCount &>> pageSizeBits }
  var hugePageOrder: Int { hugePageCount.trailingZeroBitCount }

  /// The level has leaves (those of i386 without PAE need more than a `LeafRules`), a table of the last level
  /// is an allocation of its own, and the allocator has blocks of the size.
  var hasHugePages: Bool {
    hugePageDepth >= 0 && (leaves[hugePageDepth].isLeafLevel || profile.architecture == .x86)
      && tableGroupCounts[lastDepth] == 1 && hugePageOrder < Zone.orderCount
  }

  /// Linux is built with transparent ones (`HAVE_ARCH_TRANSPARENT_HUGEPAGE`: ARM with long descriptors only, and
  /// x86 with two levels, too).
  var hasTransparentHugePages: Bool { hasHugePages && profile.areaRules.hasTransparentHugePages }

  /// Whether a frame is the page of zeros, or the first of the huge one.
  @inline(__always)
  func isZeros(_ frame: UInt64) -> Bool { frame == zeroFrame || frame == hugePages.zeroFrame }

  /// The huge page's entry that serves `address`, or nil.
  func largeEntry(for address: UInt64, of space: AddressSpace) -> LargeEntry? {
    guard hasHugePages, space.hasLargeEntries,
      let slot = slot(for: address, root: space.root, depth: hugePageDepth)
    else { return nil }
    return largeEntry(at: slot, address: address & ~(hugePageByteCount &- 1))
  }

  private func largeEntry(at slot: EntrySlot, address: UInt64) -> LargeEntry? {
    let word = load(slot.address, geometries[hugePageDepth])
    guard word != 0, !geometries[hugePageDepth].isTable(word) else { return nil }
    return LargeEntry(address: address, slot: slot, entry: PageEntry(word: word))
  }

  /// All huge pages' entries that meet a range, in order.
  func largeEntries(_ range: Range<UInt64>, of space: AddressSpace) -> [LargeEntry] {
    guard hasHugePages, space.hasLargeEntries, !range.isEmpty else { return [] }
    var found: [LargeEntry] = []
    var address = range.lowerBound & ~(hugePageByteCount &- 1)
    let entryByteCount: UInt64 = 1 &<< UInt64(geometries[hugePageDepth].entrySizeBits)
    while address < range.upperBound,
      var slot = nextSlot(from: &address, below: range.upperBound, root: space.root, depth: hugePageDepth)
    {
      while slot.remainingCount > 0, address < range.upperBound {
        if let large = largeEntry(at: slot, address: address) { found.append(large) }
        slot.address &+= entryByteCount
        slot.remainingCount &-= 1
        let (next, wraps) = address.addingReportingOverflow(hugePageByteCount)
        guard !wraps else { return found }
        address = next
      }
    }
    return found
  }

  /// Whether a range has all of a huge page.
  func holds(_ range: Range<UInt64>, _ large: LargeEntry) -> Bool {
    range.lowerBound <= large.address && range.upperBound &- large.address >= hugePageByteCount
      && large.address < range.upperBound
  }

  /// Sets an entry of a huge page.
  mutating func setLarge(_ entry: PageEntry, at slot: EntrySlot) {
    setEntry(entry, at: slot, depth: hugePageDepth)
  }

  // MARK: Deposited tables

  /// A table for the day when the huge page is split (`pgtable_trans_huge_deposit`); it counts at once.
  mutating func makeDeposit(for address: UInt64, of space: AddressSpace) -> UInt64? {
    guard let frame = allocateFrames(zone: .normal, kind: .pageTable, owner: space.id, index: address) else {
      return nil
    }
    frames[frame].level = UInt8(lastDepth)
    space.tableCounts[lastDepth] += 1
    log.add(.allocated(frame: frame, purpose: "deposited table"))
    return frame
  }

  mutating func dropDeposit(_ frame: UInt64, of space: AddressSpace) {
    space.tableCounts[lastDepth] -= 1
    frames.free(frame, order: 0)
    log.add(.freed(frame: frame))
  }

  // MARK: Splitting

  /// Makes small entries of a huge page's (`__split_huge_pmd`): into the deposited table. Nothing else changes.
  mutating func splitLarge(at address: UInt64, of space: AddressSpace) {
    guard let large = largeEntry(for: address, of: space),
      let table = space.deposits.removeValue(forKey: large.address)
    else { return }
    let first = codec.frame(of: large.entry)
    let isZero = first == hugePages.zeroFrame
    lockTable(of: large.slot, depth: hugePageDepth, site: "__split_huge_pmd")
    defer { unlockTable(of: large.slot, depth: hugePageDepth) }
    setLarge(.none, at: large.slot)
    var source = SingleFrame(address: PhysicalAddress(table &<< pageSizeBits))
    _ = try? space.editor.locateMakingTables(
      VirtualAddress(large.address), depth: lastDepth, in: &memory, frames: &source)
    frames[table].index = large.address
    counters.hugeSplits &+= 1
    log.add(.decided("the huge page at \(String(large.address, radix: 16)) is split"))
    guard var slot = slot(for: large.address, root: space.root, depth: lastDepth) else { return }
    let small = codec.small(large.entry)
    for number in 0..<hugePageCount {
      let frame = isZero ? zeroFrame : first &+ number
      // Linux fills the table before anybody can reach it.
      writeEntry(codec.replacingFrame(of: small, with: frame), at: slot, depth: lastDepth)
      advance(&slot)
    }
    flush(large.address..<large.address &+ hugePageByteCount, of: space)
  }

  /// Splits the huge pages that lie over either end of a range (`vma_adjust_trans_huge`).
  mutating func splitLarge(atEdgesOf range: Range<UInt64>, of space: AddressSpace) {
    guard !space.deposits.isEmpty else { return }
    for edge in [range.lowerBound, range.upperBound] where edge & (hugePageByteCount &- 1) != 0 {
      splitLarge(at: edge, of: space)
    }
  }
}

extension AddressSpace {
  /// It has entries for huge pages.
  @inline(__always)
  var hasLargeEntries: Bool { fixedHugeCount > 0 || !deposits.isEmpty }
}
