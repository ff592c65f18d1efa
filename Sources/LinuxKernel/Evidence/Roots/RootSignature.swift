internal import PageTables

/// The comparisons that tell at a glance whether a stretch of memory can be a root table.
///
/// Every entry is zero, or a table in RAM, or a leaf where the level has leaves; some have an entry that
/// must be there.
struct RootSignature: Hashable, Sendable {
  /// A table entry, and where its address is. Address bits that lie apart from the others (52-bit addresses)
  /// count as bits that are zero: they are, below 256 TiB of memory.
  var tableMask: UInt64
  var tableMatch: UInt64
  var addressMask: UInt64
  var addressShift: Int
  /// Leaves of this level, of up to two forms.
  var leafMask: UInt64
  var leafMatch: UInt64
  var otherLeafMask: UInt64
  var otherLeafMatch: UInt64
  var tableByteCount: Int
  var alignmentBytes: UInt64
  var requiredIndex: Int
  var isWide: Bool
  var ram: ClosedRange<UInt64>

  init(_ shape: RootShape, ram: ClosedRange<UInt64>) {
    let level = shape.format.level(shape.depth)
    let rule = level.rules.firstAnswer { $0.kind == .table ? $0 : nil } ?? .filler
    let apart = AddressLayout(rule.address.second, rule.address.third)
    addressMask = AddressLayout(rule.address.first).entryMask
    addressShift = Int(rule.address.first.addressLowBit) - Int(rule.address.first.lowBit)
    tableMask = rule.mask | rule.reserved | (shape.clearBits | apart.entryMask) & ~addressMask
    tableMatch = rule.match
    let leaves = level.rules.elements.filter { $0.kind == .leaf }
    // No entry fits a match outside its mask.
    leafMask = leaves.first.map { $0.mask | $0.reserved } ?? 0
    leafMatch = leaves.first?.match ?? 1
    otherLeafMask = leaves.dropFirst().first.map { $0.mask | $0.reserved } ?? 0
    otherLeafMatch = leaves.dropFirst().first?.match ?? 1
    tableByteCount = shape.tableByteCount
    alignmentBytes = shape.alignmentBytes
    requiredIndex = shape.requiredIndex ?? -1
    isWide = shape.entryByteCount == 8
    self.ram = ram
  }

  /// Whether `entry` names a table that can be one.
  @inline(__always)
  func isTable(_ entry: UInt64) -> Bool {
    guard entry & tableMask == tableMatch else { return false }
    let address = tableAddress(entry)
    // A table is in RAM; no table is the first page of the machine.
    return address >= ram.lowerBound && address <= ram.upperBound && address != 0
  }

  @inline(__always)
  func tableAddress(_ entry: UInt64) -> UInt64 {
    // The smart shift goes right where the count is negative.
    (entry & addressMask) << addressShift
  }

  @inline(__always)
  func entry(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
    (isWide
      ? bytes.entry(atByteOffset: offset, byteCount: 8, order: .little)
      : bytes.entry(atByteOffset: offset, byteCount: 4, order: .little)) ?? 0
  }

  /// Whether the entry that must be there is: one load, which most memory fails.
  @inline(__always)
  func hasRequired(_ bytes: RawSpan, at offset: Int) -> Bool {
    requiredIndex < 0 || isTable(entry(bytes, offset + requiredIndex << (isWide ? 3 : 2)))
  }

  /// Whether the bytes from `offset` on can be such a table. Stops at the first entry that cannot be.
  func fits(_ bytes: RawSpan, at offset: Int) -> Bool {
    guard offset + tableByteCount <= bytes.byteCount, hasRequired(bytes, at: offset) else { return false }
    let stride = isWide ? 8 : 4
    var tableCount = 0
    var usedCount = 0
    var place = offset
    while place < offset + tableByteCount {
      let entry = entry(bytes, place)
      place += stride
      if entry == 0 { continue }
      usedCount += 1
      if isTable(entry) {
        tableCount += 1
      } else if entry & leafMask != leafMatch, entry & otherLeafMask != otherLeafMatch {
        return false
      }
    }
    // No kernel fills its root: an eighth of the address space is always empty. A table of the last level that
    // maps memory page by page is full.
    let entryCount = tableByteCount / stride
    return tableCount > 0 && (entryCount <= 4 || usedCount * 8 <= entryCount * 7)
  }
}
