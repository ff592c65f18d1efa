import PageTables

/// Where the fields of `struct vm_struct` are:
/// `{next, addr, size, flags, pages, [page_order,] nr_pages, phys_addr, caller}` (include/linux/vmalloc.h).
/// Whether there is a `page_order` depends on the configuration, the size of `phys_addr` on the format.
struct VmallocDescriptor {
  var flags: UInt64
  var pageCount: UInt64
  var physical: UInt64
  var physicalByteCount: Int
  var caller: UInt64
}

extension VmallocSearch {
  /// The areas behind the records, each with what its `vm_struct` says.
  func describe(_ records: [Record], _ evidence: Evidence) -> [VmallocArea] {
    let layout = layout(records)
    return records.map { record in
      var area = VmallocArea(first: record.first, end: record.end, evidence: evidence)
      guard record.descriptor != 0, isLive(record) || matches(record) else { return area }
      let base = record.descriptor
      area.flags = reader.pointer(at: base &+ layout.flags)
      area.caller = reader.pointer(at: base &+ layout.caller) ?? 0
      area.physical =
        reader.number(at: base &+ layout.physical, byteCount: reader.wordByteCount)
        .map { low in
          layout.physicalByteCount > reader.wordByteCount
            ? low | (reader.pointer(at: base &+ layout.physical &+ 4) ?? 0) << 32 : low
        } ?? 0
      let pages = (record.end - record.first) >> UInt64(search.format.pageSizeBits)
      let count = UInt64(reader.number32(at: base &+ layout.pageCount) ?? 0)
      // A configuration with page_order has the number of pages in the next word.
      let next = UInt64(reader.number32(at: base &+ layout.pageCount &+ 4) ?? 0)
      area.pageCount = reader.wordByteCount == 8 && next != 0 ? next : count
      if area.pageCount > pages { area.pageCount = 0 }
      return area
    }
  }

  /// Whether the record's `vm_struct` is of this area.
  private func matches(_ record: Record) -> Bool {
    reader.pointer(at: record.descriptor &+ reader.word) == record.first
  }

  /// The layout: BTF's, else the one by which most callers lie in executable memory.
  private func layout(_ records: [Record]) -> VmallocDescriptor {
    let word = reader.word
    func field(_ name: String) -> UInt64? {
      search.fieldOffset("vm_struct." + name).flatMap { (0..<512).contains($0) ? UInt64($0) : nil }
    }
    let physicalByteCount = physicalByteCount
    if let flags = field("flags"), let pages = field("nr_pages"), let physical = field("phys_addr"),
      let caller = field("caller")
    {
      return VmallocDescriptor(
        flags: flags, pageCount: pages, physical: physical, physicalByteCount: physicalByteCount,
        caller: caller)
    }
    // 32-bit kernels: with or without page_order, with a long or a short phys_addr. 64-bit ones: since 7.x
    // nr_pages is a word of its own.
    let candidates: [UInt64] = word == 8 ? [56, 64, 72] : [28, 32, 36, 40]
    var best = (offset: candidates[0], votes: -1)
    for offset in candidates {
      let votes = records.prefix(256).count { record in
        guard record.descriptor != 0, let caller = reader.pointer(at: record.descriptor &+ offset) else {
          return false
        }
        return regions.region(at: VirtualAddress(caller))?.name == "kernel text"
      }
      if votes > best.votes { best = (offset, votes) }
    }
    let physical = best.offset - UInt64(physicalByteCount)
    let pageCount: UInt64
    if word == 8 {
      pageCount = best.offset == 56 ? 40 : physical - 8
    } else {
      pageCount = physical > 24 ? 24 : 20
    }
    return VmallocDescriptor(
      flags: 3 * word, pageCount: pageCount, physical: physical, physicalByteCount: physicalByteCount,
      caller: best.offset)
  }

  /// `phys_addr_t` has 8 bytes where entries can hold more than 32 bits of address.
  private var physicalByteCount: Int {
    Int(search.format.level(search.format.levelCount - 1).entryByteCount) == 8 ? 8 : 4
  }
}
