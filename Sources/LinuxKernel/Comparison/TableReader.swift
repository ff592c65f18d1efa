import PageTables

/// Reads whole tables and says what their entries mean.
///
/// Keeps each level's rules as an array, because a format's lists are copied when they are indexed.
struct TableReader: Sendable {
  /// Entries of one table, `nil` where they could not be read.
  struct Entries {
    /// The number of the first.
    var firstIndex: UInt64
    var raw: [UInt64?]
    /// Why entries could not be read.
    var faults: [MemoryFault?]
  }

  let format: PagingFormat
  let levels: [Level]
  private let rules: [[EntryRule]]

  init(format: PagingFormat) {
    self.format = format
    levels = (0..<format.levelCount).map { format.level($0) }
    rules = levels.map { $0.rules.elements }
  }

  /// Entries `first` to `last` of the table at `address`, which is of level `depth`. What a source lacks is
  /// lacking by the page of 4 KiB, no more.
  func entries(
    of address: PhysicalAddress, depth: Int, _ first: UInt64, through last: UInt64,
    in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> Entries {
    let size = Int(levels[depth].entryByteCount)
    var result = Entries(firstIndex: first, raw: [], faults: [])
    var index = first
    while index <= last {
      let start = address.advanced(byBytes: index &* UInt64(size))
      let pageRest = (4096 - (start.rawValue & 4095)) / UInt64(size)
      let count = Int(min(last - index + 1, max(pageRest, 1)))
      do throws(MemoryFault) {
        let page = try memory.withBytes(at: start, count: count * size) { bytes in
          (0..<count).map { bytes.entry(atByteOffset: $0 * size, byteCount: size, order: format.byteOrder) }
        }
        result.raw += page
        result.faults += page.map { $0 == nil ? .unreadable : nil }
      } catch {
        result.raw += [UInt64?](repeating: nil, count: count)
        result.faults += [MemoryFault?](repeating: error, count: count)
      }
      index += UInt64(count)
    }
    return result
  }

  /// What `entry` of level `depth` means.
  func meaning(of entry: UInt64, depth: Int) -> EntryMeaning {
    for (index, rule) in rules[depth].enumerated() where entry & rule.mask == rule.match {
      let target = rule.address.address(from: entry).rawValue & ~format.memoryEncryptionMask
      var meaning = EntryMeaning(
        kind: .invalid, target: PhysicalAddress(target), sizeBits: rule.sizeBits,
        access: format.access(of: entry, by: rule), ruleIndex: index)
      switch rule.kind {
      case .absent: meaning.kind = .absent
      case .invalid: break
      case .table, .leaf:
        guard entry & rule.reserved == 0, rule.kind == .leaf || depth + 1 < levels.count else { break }
        meaning.kind = rule.kind == .leaf ? .leaf : .table
      }
      return meaning
    }
    return .invalid
  }

  /// The named fields of an entry that the level's rule `index` reads, and its address bits.
  func fields(depth: Int, ruleIndex index: Int) -> (fields: [BitField], address: UInt64) {
    let rule = rules[depth][index]
    // A rule without a table of fields has none.
    guard rule.fieldTable != 255 else { return ([], rule.address.entryMask) }
    return (format.fields(of: rule).fields.elements, rule.address.entryMask)
  }

  /// The lowest address from `first` on where the tables under `table` have an entry that spans at most
  /// 4 MiB or maps memory; tables of wider entries are looked into. Nil if there is none.
  ///
  /// - Parameter hasGaps: set if entries on the way could not be read; there may be a lower one, then.
  func lowestEntry(
    of table: PhysicalAddress, depth: Int, indexBits: UInt8, from first: VirtualAddress,
    through last: VirtualAddress, hasGaps: inout Bool, in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> VirtualAddress? {
    let place = TablePlace(level: levels[depth], depth: depth, indexBits: indexBits, first: first, last: last)
    let entries = entries(of: table, depth: depth, place.firstIndex, through: place.lastIndex, in: memory)
    for (offset, raw) in entries.raw.enumerated() {
      guard let raw else {
        hasGaps = true
        continue
      }
      let meaning = meaning(of: raw, depth: depth)
      guard meaning.isPresent else { continue }
      let (spanFirst, spanLast) = place.span(of: place.firstIndex + UInt64(offset))
      guard meaning.kind == .table, levels[depth].shift > 22 else { return spanFirst }
      let below = lowestEntry(
        of: meaning.target, depth: depth + 1, indexBits: levels[depth + 1].indexBits, from: spanFirst,
        through: spanLast, hasGaps: &hasGaps, in: memory)
      if let below { return below }
    }
    return nil
  }
}
