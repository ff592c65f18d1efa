import PageTables

extension Machine {
  enum AroundResult {
    /// The page itself was among them.
    case mapped
    case notCached
    case outOfMemory
  }

  /// Maps the pages around one that is read, as far as the cache has them (`do_fault_around`,
  /// `filemap_map_pages`): sixteen, from the aligned one on, within the table and the area.
  mutating func mapAround(
    _ page: UInt64, of file: FileObject, in area: Area, space: AddressSpace
  ) -> AroundResult {
    let count = profile.areaRules.faultAroundPages
    guard count > 1, count & (count &- 1) == 0, !file.pages.isEmpty else { return .notCached }
    let span: UInt64 = lastDepth > 0 ? 1 &<< tableSpanBits[lastDepth] : UInt64.max
    let tableStart = page & ~(span &- 1)
    let place = (page &- tableStart) &>> pageSizeBits
    let first = max(place & ~(count &- 1), place &- min(place, (page &- area.start) &>> pageSizeBits))
    // As many as the window has, also where the area's start cut it.
    let end = min(first &+ count, span &>> pageSizeBits, place &+ ((area.end &- page) &>> pageSizeBits))
    let fileEnd = file.pageCount(pageSizeBits: pageSizeBits)
    var result = AroundResult.notCached
    var address = tableStart &+ (first &<< pageSizeBits)
    let last = tableStart &+ (end &<< pageSizeBits)
    while address < last {
      let number = area.page(at: address, pageSizeBits: pageSizeBits)
      if number < fileEnd, let frame = file.pages[number] {
        hold(frame)
        defer { letGo(frame) }
        guard let slot = makeSlot(for: address, in: space, depth: lastDepth) else { return .outOfMemory }
        if entry(at: slot, depth: lastDepth).isNone {
          var entry = fileEntry(frame, of: file, in: area)
          // `arch_wants_old_prefaulted_pte`: AArch64 where the processor notes accesses.
          if address != page, profile.architecture == .arm64, profile.setsAccessedAndDirty {
            entry = codec.old(entry)
          }
          lockTable(of: slot, depth: lastDepth, site: "filemap_map_pages")
          installFile(frame, entry, at: slot, space: space)
          unlockTable(of: slot, depth: lastDepth)
          if address == page { result = .mapped }
        }
      }
      address &+= pageByteCount
    }
    return result
  }
}
