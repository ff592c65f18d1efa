import PageTables

extension VmallocSearch {
  /// Looks through all RAM for records: a word that is where a mapping begins, followed by a
  /// word that is behind it, in a list whose neighbours point back.
  ///
  /// - Complexity: O(RAM); a set is asked for every word.
  func recordsInRAM() -> [Record] {
    // The image and static mappings have records, too: wherever a mapping begins, an area may.
    let starts = Set(survey.mappings.map(\.first.rawValue))
    guard !starts.isEmpty, let linear = survey.linear else { return [] }
    let wordByteCount = reader.wordByteCount
    var records: [UInt64: Record] = [:]
    for ram in search.memory.ranges {
      var page = ram.first.rawValue & ~4095
      while page <= ram.last.rawValue {
        if let bytes = search.memory.searching.bytes(at: PhysicalAddress(page), count: 4096) {
          for offset in candidates(in: bytes, starts: starts) {
            // vmap_areas are objects of a slab, which the linear map reaches.
            let place = page &+ UInt64(offset) &+ linear.offset
            let address = wordByteCount == 4 ? place & 0xffff_ffff : place
            if let record = record(at: address), isListed(address), isLive(record) {
              if record.descriptor != 0 || records[record.first] == nil { records[record.first] = record }
            }
          }
        }
        guard page < .max - 8191, records.count < Self.areaLimit else { break }
        page += 4096
      }
    }
    return withoutStale(records.values)
  }

  /// The records but for those that belong to nobody and overlap one that belongs to somebody: their object was
  /// freed, and its addresses were given out again.
  private func withoutStale(_ records: some Sequence<Record>) -> [Record] {
    let records = records.sorted { $0.first < $1.first }
    var kept: [Record] = []
    // Where the next record of somebody begins, from the highest down, and how far those before reach.
    var nextOwned: [UInt64] = []
    for record in records.reversed() {
      nextOwned.append(record.descriptor != 0 ? record.first : nextOwned.last ?? .max)
    }
    var ownedEnd: UInt64 = 0
    for (record, next) in zip(records, nextOwned.reversed()) {
      if record.descriptor != 0 {
        ownedEnd = max(ownedEnd, record.end)
      } else if record.first < ownedEnd || next < record.end {
        continue
      }
      kept.append(record)
    }
    return kept
  }

  /// The offsets of words of a page that begin a mapping and are followed by a higher page address.
  private func candidates(in bytes: [UInt8], starts: Set<UInt64>) -> [Int] {
    let wordByteCount = reader.wordByteCount
    var found: [Int] = []
    var offset = 0
    while offset + 2 * wordByteCount <= bytes.count {
      // Page addresses end in twelve zero bits: most words are dismissed by their first byte.
      if bytes[offset] == 0, bytes[offset + 1] & 15 == 0 {
        let first = bytes.number(at: offset, byteCount: wordByteCount)
        if first != 0, starts.contains(first),
          bytes.number(at: offset + wordByteCount, byteCount: wordByteCount) > first
        {
          found.append(offset)
        }
      }
      offset += wordByteCount
    }
    return found
  }

  /// Whether the neighbours in the list of the record at `address` point back to it.
  private func isListed(_ address: UInt64) -> Bool {
    let node = address &+ listOffset
    guard let next = reader.pointer(at: node), let previous = reader.pointer(at: node &+ reader.word) else {
      return false
    }
    return next != node && reader.pointer(at: next &+ reader.word) == node
      && reader.pointer(at: previous) == node
  }
}
