public import PageTables

/// Linux's own entries of one level, prepared for writing.
@usableFromInline
final class SoftwareKind: Sendable {
  /// From the hardware's entry to Linux's.
  @usableFromInline let offsetBytes: Int
  let present: EntryRule
  @usableFromInline let presentMask: UInt64
  @usableFromInline let presentMatch: UInt64
  @usableFromInline let layout: AddressLayout
  /// The hardware's kind of leaf for the same size, by its place among the format's kinds; -1 for none.
  let kind: Int
  let masks: (access: UInt64, accessed: UInt64, dirty: UInt64)
  /// For each combination of rights the bits, or nil.
  let encodings: [UInt64?]
  private let accessRules: [AccessRule]

  /// Nil if Linux uses the hardware's entries of the level.
  init?(depth: Int, format: PagingFormat, kinds: [LeafKind]) {
    let level = format.level(depth)
    let software = level.software
    guard software.groupByteCount > 0, software.offsetBytes != 0 else { return nil }
    offsetBytes = Int(software.offsetBytes)
    present = software.present
    presentMask = present.mask
    presentMatch = present.match
    layout = present.address
    kind = kinds.firstIndex { $0.depth == depth && $0.sizeBits == software.present.sizeBits } ?? -1
    let rule = software.present
    accessRules =
      Int(rule.accessTable) < format.accessTables.count
      ? format.accessTables[Int(rule.accessTable)].rules.elements : []
    let masks = RuleMasks(rule, level: level, format: format, respectsReserved: false)
    self.masks = (masks.access, masks.accessed, masks.dirty)
    encodings =
      AccessEncodings(rule, masks: masks, format: format) { entry in
        entry & rule.mask == rule.match
      }.bits
  }

  /// What Linux's entry allows; the format's own answer, from a list at hand.
  func access(of raw: UInt64) -> Access {
    var access = Access.all
    for rule in accessRules where raw & rule.mask == rule.match { access = access.subtracting(rule.denies) }
    return access
  }

  @inlinable func isPresent(_ raw: UInt64) -> Bool { raw & presentMask == presentMatch }
  func isAccessed(_ raw: UInt64) -> Bool { masks.accessed == 0 || raw & masks.accessed != 0 }
  func isDirty(_ raw: UInt64) -> Bool { masks.dirty == 0 || raw & masks.dirty != 0 }
}
