import PageTableEditing
import PageTables

/// What a processor needs to know of the leaf entries of one level, prepared so that a walk ends in a few
/// operations.
struct LeafReader: Sendable {
  let rule: EntryRule
  let accessMask: UInt64
  let accessedMask: UInt64
  let dirtyMask: UInt64
  let sizeBits: UInt8
  /// The rights that combinations of access bits gave before, by a hash of them. A program uses few.
  private var known: [(key: UInt64, rights: Access)]

  private static var slotCount: Int { 16 }

  /// Nil if the level has no leaf that spans one entry.
  init?(depth: Int, format: EditingFormat) {
    let geometry = format.paging.geometry(depth)
    let index = Int(geometry.leafRuleIndex)
    guard index != 255, let kind = format.kinds.first(where: { $0.depth == depth && $0.ruleIndex == index })
    else { return nil }
    rule = format.paging.level(depth).rules[index]
    accessMask = geometry.leafAccessMask
    accessedMask = kind.accessedMask
    dirtyMask = kind.dirtyMask
    sizeBits = kind.sizeBits
    known = []
    known = (0..<Self.slotCount).map { _ in (0, rights(of: 0, format: format.paging)) }
  }

  private func rights(of entry: UInt64, format: PagingFormat) -> Access {
    format.narrowed(format.access(of: entry, by: rule))
  }

  /// What a leaf allows where the tables above restrict nothing.
  @inline(__always)
  mutating func rights(of entry: UInt64, in format: borrowing PagingFormat) -> Access {
    let key = entry & accessMask
    // Access bits lie at both ends of an entry.
    let slot = Int(truncatingIfNeeded: (key ^ key &>> 53 ^ key &>> 5) & UInt64(Self.slotCount - 1))
    if known[slot].key == key { return known[slot].rights }
    let rights = rights(of: key, format: copy format)
    known[slot] = (key, rights)
    return rights
  }
}
