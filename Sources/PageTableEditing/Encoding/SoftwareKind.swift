internal import PageTables

/// Linux's own entries of one level, prepared for writing.
struct SoftwareKind: Sendable {
  /// From the hardware's entry to Linux's.
  let offsetBytes: Int
  let present: EntryRule
  let masks: (access: UInt64, accessed: UInt64, dirty: UInt64)
  /// For each combination of rights the bits, or nil.
  let encodings: [UInt64?]

  /// Nil if Linux uses the hardware's entries of the level.
  init?(depth: Int, format: PagingFormat) {
    let level = format.level(depth)
    let software = level.software
    guard software.groupByteCount > 0, software.offsetBytes != 0 else { return nil }
    offsetBytes = Int(software.offsetBytes)
    present = software.present
    let rule = software.present
    let masks = RuleMasks(rule, level: level, format: format, respectsReserved: false)
    self.masks = (masks.access, masks.accessed, masks.dirty)
    encodings =
      AccessEncodings(rule, masks: masks, format: format) { entry in
        entry & rule.mask == rule.match
      }.bits
  }

  func isPresent(_ raw: UInt64) -> Bool { raw & present.mask == present.match }
  func isAccessed(_ raw: UInt64) -> Bool { masks.accessed == 0 || raw & masks.accessed != 0 }
  func isDirty(_ raw: UInt64) -> Bool { masks.dirty == 0 || raw & masks.dirty != 0 }
}
