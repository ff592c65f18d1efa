/// What decides the layout of a 32-bit x86 kernel's addresses, beside RAM and PAGE_OFFSET.
///
/// Sources: `arch/x86/include/asm/pgtable_32_areas.h` (5.10, 6.1; checked against the tables of Debian's
/// kernels, with and without PAE), `pgtable_32_types.h` before; boot logs for the older rounding.
public struct I386Layout: Hashable, Sendable {
  /// Where vmalloc begins, and how much RAM is mapped linearly.
  public enum Era: Hashable, Sendable {
    /// 4 GiB - PAGE_OFFSET - 128 MiB are mapped at most; vmalloc begins at (high memory + 16 MiB - 1) rounded
    /// down to 8 MiB.
    case rounded
    /// VMALLOC_END - PAGE_OFFSET - 128 MiB are mapped at most; vmalloc begins at high memory + 8 MiB.
    case plain
  }

  public var era: Era
  public var hasPAE: Bool
  public var hasHighMemory: Bool
  /// FIXADDR_START: it depends on NR_CPUS and on the configuration.
  public var fixmapStart: UInt64
  /// CPU_ENTRY_AREA_PAGES, from 4.15 on: below it begin the LDT's table and, below that, pkmap. 0 before.
  public var entryAreaPageCount: UInt64
  /// Which entry of the fixmap is the first of the temporary mappings (FIX_KMAP_BEGIN), from the top.
  public var temporaryMappingIndex: UInt64

  public init(
    era: Era = .plain, hasPAE: Bool = false, hasHighMemory: Bool = true,
    fixmapStart: UInt64 = 0xffbf_8000, entryAreaPageCount: UInt64 = 1600, temporaryMappingIndex: UInt64 = 8
  ) {
    self.era = era
    self.hasPAE = hasPAE
    self.hasHighMemory = hasHighMemory
    self.fixmapStart = fixmapStart
    self.entryAreaPageCount = entryAreaPageCount
    self.temporaryMappingIndex = temporaryMappingIndex
  }

  /// FIXADDR_TOP: the fixmap's last page begins one below.
  static var fixmapTop: UInt64 { 0xffff_f000 }
  /// `__VMALLOC_RESERVE`.
  static var vmallocReserve: UInt64 { 128 << 20 }
  /// VMALLOC_OFFSET.
  static var hole: UInt64 { 8 << 20 }
  /// What one table of the last level spans: pkmap's size, too (LAST_PKMAP 1024, with PAE 512).
  var tableSpan: UInt64 { hasPAE ? 2 << 20 : 4 << 20 }

  /// What is below the fixmap does not depend on RAM. One page more than the processors' is the interrupt
  /// table's.
  var entryArea: Range<UInt64> {
    guard entryAreaPageCount > 0 else { return 0..<0 }
    let byteCount = (entryAreaPageCount &+ 1) << 12
    let start = down(fixmapStart &- byteCount)
    return start..<start &+ byteCount
  }

  var localTable: Range<UInt64> {
    guard entryAreaPageCount > 0 else { return 0..<0 }
    let start = down(entryArea.lowerBound &- 4096)
    return start..<start &+ tableSpan
  }

  var pkmap: Range<UInt64> {
    guard hasHighMemory else { return 0..<0 }
    let start =
      entryAreaPageCount > 0
      ? down(localTable.lowerBound &- 4096) : down(fixmapStart &- (tableSpan >> 12 &+ 1) << 12)
    return start..<start &+ tableSpan
  }

  var vmallocEnd: UInt64 {
    if hasHighMemory { return pkmap.lowerBound &- 0x2000 }
    return (entryAreaPageCount > 0 ? localTable.lowerBound : fixmapStart) &- 0x2000
  }

  /// How much RAM is mapped linearly at most.
  func linearLimit(pageOffset: UInt64) -> UInt64 {
    switch era {
    case .rounded: 0x1_0000_0000 &- pageOffset &- Self.vmallocReserve
    case .plain: vmallocEnd &- pageOffset &- Self.vmallocReserve
    }
  }

  func vmallocStart(highMemory: UInt64) -> UInt64 {
    switch era {
    case .rounded: (highMemory &+ 2 &* Self.hole &- 1) & ~(Self.hole &- 1)
    case .plain: highMemory &+ Self.hole
    }
  }

  private func down(_ address: UInt64) -> UInt64 { address & ~(tableSpan &- 1) }
}
