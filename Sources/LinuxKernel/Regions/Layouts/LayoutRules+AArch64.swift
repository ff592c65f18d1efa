extension LayoutRules {
  /// AArch64 since Linux 5.4, which has the linear map in the lower half of the kernel's addresses
  /// (arch/arm64/include/asm/memory.h, Documentation/arch/arm64/memory.rst). VMCOREINFO has the borders.
  ///
  /// - Parameter linearFirst: PAGE_OFFSET, the lowest address that the kernel's root translates.
  static func aarch64(linearFirst: UInt64, pageSizeBits: Int) -> LayoutRules {
    let header = "arch/arm64/include/asm/memory.h"
    let space = 0 &- linearFirst
    let linearEnd = linearFirst &+ space / 2
    // VMEMMAP_START is -(1 << (VA_BITS - VMEMMAP_SHIFT)); a `struct page` takes 64 bytes.
    let memmapStart = 0 &- (space >> UInt64(pageSizeBits - 6))
    let memmap = LayoutBound.firstOf([.vmcoreinfo("NUMBER(VMEMMAP_START)"), .constant(memmapStart)])
    let memmapEnd = LayoutBound.firstOf([
      .vmcoreinfo("NUMBER(VMEMMAP_END)"), .constant(memmapStart &+ (0 &- memmapStart) / 2),
    ])
    let modulesStart = LayoutBound.firstOf([.vmcoreinfo("NUMBER(MODULES_VADDR)"), .constant(linearEnd)])
    let vmallocStart = LayoutBound.firstOf([
      .vmcoreinfo("NUMBER(VMALLOC_START)"), .plus(modulesStart, 128 << 20),
    ])
    let vmallocEnd = LayoutBound.firstOf([
      .vmcoreinfo("NUMBER(VMALLOC_END)"), .minus(memmap, 256 << 20),
    ])
    let pciIO: UInt64 = 16 << 20
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
        // Below the memory map until Linux 6.8, above it since: where it is not, nothing is mapped.
        LayoutRule(
          name: "PCI I/O", first: .minus(memmap, 8 << 20 + pciIO), end: .minus(memmap, 8 << 20),
          source: header, needsMapping: true),
        LayoutRule(
          name: "fixmap", first: vmallocEnd, end: .minus(memmap, 32 << 20),
          source: "arch/arm64/include/asm/fixmap.h", needsMapping: true),
        LayoutRule(
          name: "PCI I/O", first: .plus(memmapEnd, 8 << 20), end: .plus(memmapEnd, 8 << 20 + pciIO),
          source: header, needsMapping: true),
        LayoutRule(
          name: "fixmap", first: .plus(memmapEnd, 16 << 20 + pciIO), end: .constant(0 &- (8 << 20)),
          source: "arch/arm64/include/asm/fixmap.h", needsMapping: true),
      ], stackBytes: 16384)
  }
}
