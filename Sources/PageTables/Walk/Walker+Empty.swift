extension Walker where Format: FormatSource {
  /// Tells that nothing is below `entry`, which equals its neighbour, if that is so.
  @inlinable @inline(never)
  func visitNothing<Visitor: TableVisitor>(
    below entry: UInt64, emptyEntry: inout UInt64, first: UInt64, last: UInt64, depth: Int,
    in memory: borrowing some PhysicalMemory & ~Copyable, visitor: inout Visitor
  ) -> Bool {
    guard entry == emptyEntry || leadsToNothing(entry, depth: depth, in: memory) else { return false }
    emptyEntry = entry
    visitor.visitStop(
      first: VirtualAddress(first), last: VirtualAddress(last),
      reason: .notPresent(NotPresentState(.none)), depth: depth &+ 1)
    return true
  }

  /// Whether `entry`, of a level at `depth`, names a table below which nothing is at all: all of it is zero,
  /// or names, in every entry, one and the same table of which that is true. False if it cannot be read.
  ///
  /// Where an architecture's directories have no present bit, Linux has no empty entry either: what would be
  /// empty names a table without entries, the same one everywhere (`invalid_pte_table` on LoongArch).
  ///
  /// - Complexity: one table a level.
  @inlinable @inline(never)
  func leadsToNothing(
    _ entry: UInt64, depth: Int, in memory: borrowing some PhysicalMemory & ~Copyable
  ) -> Bool {
    let rule = format.level(depth).rule(for: entry).rule
    guard depth &+ 1 < format.levelCount, rule.kind == .table,
      case .table(let table) = format.meaning(of: entry, rule: rule, address: VirtualAddress(0), depth: depth)
    else { return false }
    let next = format.geometry(depth &+ 1)
    let entryByteCount = 1 &<< Int(next.entrySizeBits)
    let byteCount = entryByteCount &<< Int(next.indexBits)
    var common: UInt64?
    do throws(MemoryFault) {
      common = try memory.withBytes(at: table, count: byteCount) { bytes in
        let first = bytes.entry(atByteOffset: 0, byteCount: entryByteCount, order: format.byteOrder)
        var offset = entryByteCount
        while offset < byteCount {
          guard
            bytes.entry(atByteOffset: offset, byteCount: entryByteCount, order: format.byteOrder) == first
          else { return nil }
          offset &+= entryByteCount
        }
        return first
      }
    } catch {
      return false
    }
    guard let common else { return false }
    return common == 0 || leadsToNothing(common, depth: depth &+ 1, in: memory)
  }
}
