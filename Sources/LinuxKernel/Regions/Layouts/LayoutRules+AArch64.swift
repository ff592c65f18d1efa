extension LayoutRules {
  /// AArch64 since Linux 5.4, which has the linear map in the lower half of the kernel's addresses
  /// (arch/arm64/include/asm/memory.h, Documentation/arch/arm64/memory.rst). VMCOREINFO has the borders since 6.2;
  /// without it the tables of the fixed map tell which era's they are: 5.4 to 5.10, 5.11 to 6.8, since 6.9.
  ///
  /// - Parameter linearFirst: PAGE_OFFSET, the lowest address that the kernel's root translates.
  static func aarch64(linearFirst: UInt64, pageSizeBits: Int) -> LayoutRules {
    let header = "arch/arm64/include/asm/memory.h"
    let mebibyte: UInt64 = 1 << 20
    let space = 0 &- linearFirst
    // _PAGE_END(VA_BITS_MIN): a kernel for 52 bits keeps the upper part of one for 48, or 47 where pages have 16 KiB.
    let upper: UInt64 = space <= 1 << 48 ? space / 2 : 1 << (pageSizeBits == 14 ? 46 : 47)
    let linearEnd = 0 &- upper
    // A `struct page` takes 64 bytes.
    let memmapSize = (linearEnd &- linearFirst) >> UInt64(pageSizeBits - 6)
    let memmap5v4 = 0 &- memmapSize &- 2 * mebibyte
    let memmap5v11 = 0 &- (space >> UInt64(pageSizeBits - 6))
    let memmap6v9 = 0 &- 1024 * mebibyte &- memmapSize
    // Each era has its fixed map elsewhere, whose tables are made at boot (arch/arm64/mm/fixmap.c): until 5.10
    // below the memory map of that time, behind 4 MiB for a device tree; since 6.9 above it.
    func until5v10(_ address: UInt64) -> LayoutBound {
      .constantOfEra(address, tableFor: memmap5v4 &- 24 * mebibyte &- 4096)
    }
    func since6v9(_ address: UInt64) -> LayoutBound {
      .constantOfEra(address, tableFor: 0 &- 8 * mebibyte &- 4096)
    }
    // A kernel for 52 bits on a processor with 48, or 47, says where the memory map would begin with 52: in the midst
    // of what is vmalloc's then (VMEMMAP_UNUSED_NPAGES).
    let memmap = LayoutBound.firstOf([
      .notBelow(.vmcoreinfo("NUMBER(VMEMMAP_START)"), .vmcoreinfo("NUMBER(VMALLOC_END)")),
      since6v9(memmap6v9), until5v10(memmap5v4), .constant(memmap5v11),
    ])
    let memmapEnd = LayoutBound.firstOf([
      .vmcoreinfo("NUMBER(VMEMMAP_END)"), since6v9(memmap6v9 &+ memmapSize),
      until5v10(memmap5v4 &+ memmapSize), .constant(memmap5v11 &+ memmapSize),
    ])
    let modulesStart = LayoutBound.firstOf([.vmcoreinfo("NUMBER(MODULES_VADDR)"), .constant(linearEnd)])
    // The modules have 2 GiB since 6.5, 128 MiB before.
    let vmallocStart = LayoutBound.firstOf([
      .vmcoreinfo("NUMBER(VMALLOC_START)"), since6v9(linearEnd &+ 2048 * mebibyte),
      .plus(modulesStart, 128 * mebibyte),
    ])
    // Until 5.10 PUD_SIZE and 64 KiB are left free.
    let pudSize: UInt64 = 1 << UInt64(3 * pageSizeBits - 6)
    let vmallocEnd = LayoutBound.firstOf([
      .vmcoreinfo("NUMBER(VMALLOC_END)"), since6v9(memmap6v9 &- 8 * mebibyte),
      until5v10(0 &- memmapSize &- pudSize &- 65536), .minus(memmap, 256 * mebibyte),
    ])
    // Below the memory map until 6.8.
    let pciEnd = LayoutBound.firstOf([until5v10(memmap5v4 &- 2 * mebibyte), .minus(memmap, 8 * mebibyte)])
    let fixedMapEnd = LayoutBound.firstOf([
      until5v10(memmap5v4 &- 20 * mebibyte), .minus(memmap, 32 * mebibyte),
    ])
    let pciSize = 16 * mebibyte
    return LayoutRules(
      rules: [
        LayoutRule(
          name: "linear map", first: .place(.linearStart), end: .place(.linearEnd), source: header),
        LayoutRule(name: "modules", first: modulesStart, end: vmallocStart, source: header),
        LayoutRule(name: "vmalloc", first: vmallocStart, end: vmallocEnd, source: header),
        LayoutRule(name: "vmemmap", first: memmap, end: memmapEnd, source: header),
        LayoutRule(
          name: "KASAN shadow", first: .constant(linearEnd), end: modulesStart, source: header,
          needsMapping: true),
        // Below the memory map or above it: where they are not, nothing is mapped.
        LayoutRule(
          name: "PCI I/O", first: .minus(pciEnd, pciSize), end: pciEnd, source: header, needsMapping: true),
        LayoutRule(
          name: "fixmap", first: vmallocEnd, end: fixedMapEnd,
          source: "arch/arm64/include/asm/fixmap.h", needsMapping: true),
        LayoutRule(
          name: "PCI I/O", first: .plus(memmapEnd, 8 * mebibyte),
          end: .plus(memmapEnd, 8 * mebibyte + pciSize), source: header, needsMapping: true),
        LayoutRule(
          name: "fixmap", first: .plus(memmapEnd, 16 * mebibyte + pciSize), end: .constant(0 &- 8 * mebibyte),
          source: "arch/arm64/include/asm/fixmap.h", needsMapping: true),
      ], stackBytes: 16384)
  }
}
