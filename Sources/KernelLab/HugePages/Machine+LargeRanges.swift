import PageTables

// What the calls that work on ranges do with huge pages.

extension Machine {
  /// Takes huge pages out of the tables that lie wholly in a range, with the tables that were deposited for
  /// them; splits the others (`zap_huge_pmd`).
  mutating func zapLarge(_ range: Range<UInt64>, of space: AddressSpace, keepsCopies: Bool) {
    for large in largeEntries(range, of: space) {
      guard holds(range, large) else {
        splitLarge(at: large.address, of: space)
        continue
      }
      lockTable(of: large.slot, depth: hugePageDepth, site: "zap_huge_pmd")
      defer { unlockTable(of: large.slot, depth: hugePageDepth) }
      setLarge(.none, at: large.slot)
      let first = codec.frame(of: large.entry)
      if let table = space.deposits.removeValue(forKey: large.address) {
        if first != hugePages.zeroFrame { release(hugePage: first, of: space) }
        dropDeposit(table, of: space)
      } else {
        let isShared = space.area(at: large.address)?.flags.contains(.shared) ?? false
        release(fixedHugePage: first, of: space, isShared: isShared)
      }
      flush(large.address..<large.address &+ hugePageByteCount, of: space)
    }
  }

  private mutating func release(hugePage first: UInt64, of space: AddressSpace) {
    for frame in first..<first &+ hugePageCount { releaseMapping(of: frame, usage: &space.usage) }
  }

  /// `change_huge_pmd`: as for small ones. Those over the ends of the range were split before.
  mutating func changeLarge(_ range: Range<UInt64>, of area: Area, space: AddressSpace) {
    for large in largeEntries(range, of: space) where holds(range, large) {
      let first = codec.frame(of: large.entry)
      var new = codec.modified(codec.small(large.entry), rights: area.flags)
      let isOwn =
        area.flags.contains(.shared)
        || profile.areaRules.unprotectsHugePages
          && profile.areaRules.copyOnWriteReuse == .exclusive && !isZeros(first)
          && (first..<first &+ hugePageCount).allSatisfy { frames[$0].flags.contains(.exclusive) }
      if area.flags.contains(.write), isOwn { new = codec.writable(new) }
      lockTable(of: large.slot, depth: hugePageDepth, site: "change_huge_pmd")
      setLarge(codec.large(new), at: large.slot)
      unlockTable(of: large.slot, depth: hugePageDepth)
    }
  }

  /// MADV_FREE of whole huge pages that nobody else has.
  mutating func freeLarge(_ range: Range<UInt64>, of space: AddressSpace) {
    for large in largeEntries(range, of: space) where holds(range, large) {
      let first = codec.frame(of: large.entry)
      let all = first..<first &+ hugePageCount
      guard !isZeros(first), all.allSatisfy({ frames[$0].mapCount == 1 }) else { continue }
      for frame in all { frames[frame].flags.insert(.lazilyFreed) }
      lockTable(of: large.slot, depth: hugePageDepth, site: "madvise_free_huge_pmd")
      setLarge(codec.clean(codec.old(large.entry)), at: large.slot)
      unlockTable(of: large.slot, depth: hugePageDepth)
    }
  }

  /// The huge pages of an area for a child (`copy_huge_pmd`, `copy_hugetlb_page_range`): shared and read-only
  /// in both. False if frames ran out.
  mutating func copyLarge(_ range: Range<UInt64>, of parent: AddressSpace, to child: AddressSpace) -> Bool {
    for old in largeEntries(range, of: parent) {
      let isFixed = parent.deposits[old.address] == nil
      guard makeSlot(for: old.address, in: child, depth: hugePageDepth) != nil else { return false }
      var table: UInt64?
      if !isFixed {
        table = makeDeposit(for: old.address, of: child)
        if table == nil { return false }
      }
      // Making tables may have taken pages away, and split it for that.
      guard let large = largeEntry(for: old.address, of: parent),
        let target = slot(for: old.address, root: child.root, depth: hugePageDepth)
      else {
        if let table { dropDeposit(table, of: child) }
        continue
      }
      if let table { child.deposits[large.address] = table } else { child.fixedHugeCount += 1 }
      let first = codec.frame(of: large.entry)
      if first != hugePages.zeroFrame {
        for frame in first..<first &+ hugePageCount { frames.share(frame) }
        Self.count(frames[first].kind, Int64(hugePageCount), in: &child.usage)
      }
      lockTables(of: target, large.slot, depth: hugePageDepth, site: "copy_huge_pmd")
      defer { unlockTables(of: target, large.slot, depth: hugePageDepth) }
      let protected = codec.writeProtected(large.entry)
      if protected != large.entry { setLarge(protected, at: large.slot) }
      setLarge(codec.old(protected), at: target)
    }
    return true
  }

  /// Moves the huge page at `address` with its deposited table, if both places allow it; else splits it, and
  /// its small entries are still to be moved (`move_huge_pmd`). How many bytes were moved, or nil if there is
  /// no frame for a table.
  mutating func moveLarge(
    at address: UInt64, to target: UInt64, before end: UInt64, _ space: AddressSpace
  ) -> UInt64? {
    let mask = hugePageByteCount &- 1
    guard address & mask == 0, target & mask == 0, end &- address >= hugePageByteCount else {
      splitLarge(at: address, of: space)
      return 0
    }
    guard makeSlot(for: target, in: space, depth: hugePageDepth) != nil else { return nil }
    // Looked for after tables were made: that may have split it.
    guard let large = largeEntry(for: address, of: space),
      let slot = slot(for: target, root: space.root, depth: hugePageDepth)
    else { return 0 }
    guard load(slot.address, geometries[hugePageDepth]) == 0 else {
      splitLarge(at: address, of: space)
      return 0
    }
    lockTables(of: large.slot, slot, depth: hugePageDepth, site: "move_huge_pmd")
    setLarge(.none, at: large.slot)
    setLarge(large.entry, at: slot)
    unlockTables(of: large.slot, slot, depth: hugePageDepth)
    space.deposits[target] = space.deposits.removeValue(forKey: address)
    return hugePageByteCount
  }
}
