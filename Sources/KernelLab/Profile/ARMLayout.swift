/// What decides the layout of a 32-bit ARM kernel's addresses, beside RAM and PAGE_OFFSET.
///
/// Sources: `arch/arm/include/asm/memory.h`, `pgtable.h`, `highmem.h`, `arch/arm/mm/mmu.c`
/// (`adjust_lowmem_bounds`), `Documentation/arch/arm/memory.rst` of 6.1; boot logs for the older numbers.
public struct ARMLayout: Hashable, Sendable {
  /// VMALLOC_END: ff000000 in 3.3 to about 4.0, ff800000 since.
  public var vmallocEnd: UInt64
  /// How much of the space vmalloc keeps at least (`vmalloc=`, 240 MiB if nothing is said).
  public var vmallocReserve: UInt64
  /// FIXADDR_START, and the first byte behind the fixmap.
  public var fixmap: Range<UInt64>
  /// With high memory pkmap has the last 2 MiB below PAGE_OFFSET.
  public var hasHighMemory: Bool
  /// Which entry of the fixmap is the first of the temporary mappings (FIX_KMAP_BEGIN), counted from the
  /// end whose entries come first.
  public var temporaryMappingIndex: UInt64

  public init(
    vmallocEnd: UInt64 = 0xff80_0000, vmallocReserve: UInt64 = 240 << 20,
    fixmap: Range<UInt64> = 0xffc8_0000..<0xfff0_0000, hasHighMemory: Bool = true,
    temporaryMappingIndex: UInt64 = 1
  ) {
    self.vmallocEnd = vmallocEnd
    self.vmallocReserve = vmallocReserve
    self.fixmap = fixmap
    self.hasHighMemory = hasHighMemory
    self.temporaryMappingIndex = temporaryMappingIndex
  }

  /// VMALLOC_OFFSET.
  static var hole: UInt64 { 8 << 20 }
  /// MODULES_VADDR is so far below PAGE_OFFSET (with Thumb-2 half as far).
  static var modulesByteCount: UInt64 { 16 << 20 }
  static var pkmapByteCount: UInt64 { 2 << 20 }
  /// Two pages: the vectors and the stubs behind them.
  static var vectors: Range<UInt64> { 0xffff_0000..<0xffff_2000 }

  /// How much RAM is mapped linearly at most (`vmalloc_limit`).
  func linearLimit(pageOffset: UInt64) -> UInt64 {
    vmallocEnd &- vmallocReserve &- Self.hole &- pageOffset
  }

  func vmallocStart(highMemory: UInt64) -> UInt64 {
    (highMemory &+ Self.hole) & ~(Self.hole &- 1)
  }
}
