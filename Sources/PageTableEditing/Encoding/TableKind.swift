internal import PageTables

/// The table entry of one level, prepared for writing, and how the table that it names is allocated.
struct TableKind: Sendable {
  /// Rule and rights that allow most.
  let bits: UInt64
  let layout: AddressLayout
  let addressMask: UInt64
  /// How many neighbouring entries share one allocation.
  let groupCount: Int
  /// Where the first table lies in the allocation.
  let offsetBytes: Int
  let tableByteCount: Int
  /// The allocation is 2^`allocationSizeBits` bytes.
  let allocationSizeBits: UInt8

  /// Nil if the level at `depth` names no tables.
  init?(depth: Int, format: PagingFormat) {
    let level = format.level(depth)
    guard depth + 1 < format.levelCount else { return nil }
    var found: (rule: EntryRule, bits: UInt64)?
    for index in 0..<level.rules.count where level.rules[index].kind == .table && found == nil {
      let rule = level.rules[index]
      let masks = RuleMasks(rule, level: level, format: format)
      // With an address: where nothing but the address makes an entry a table (LoongArch), zero is none.
      let addressBit = rule.address.entryMask & (0 &- rule.address.entryMask)
      let encodings = AccessEncodings(rule, masks: masks, format: format) { entry in
        entry & rule.reserved == 0 && level.rule(for: entry | addressBit).index == index
      }
      if let best = encodings.mostPermissive { found = (rule, best.bits) }
    }
    guard let found else { return nil }
    let next = format.level(depth + 1)
    bits = found.bits
    layout = found.rule.address
    addressMask = found.rule.address.addressMask & ~format.memoryEncryptionMask
    tableByteCount = next.tableByteCount
    groupCount = max(1, Int(next.allocation.tableCount))
    offsetBytes = Int(next.allocation.offsetBytes)
    allocationSizeBits =
      next.allocation.sizeBits != 0
      ? next.allocation.sizeBits
      : Self.sizeBits(holding: tableByteCount, alignment: found.rule.address)
  }

  /// log2 of the smallest power of two that holds `byteCount` bytes and that `layout` can name.
  static func sizeBits(holding byteCount: Int, alignment layout: AddressLayout) -> UInt8 {
    let forSize = Int.bitWidth - max(0, byteCount - 1).leadingZeroBitCount
    let forAddress = min(layout.addressMask.trailingZeroBitCount, 40)
    return UInt8(max(forSize, forAddress))
  }

  var allocationByteCount: Int { 1 << Int(allocationSizeBits) }
}
