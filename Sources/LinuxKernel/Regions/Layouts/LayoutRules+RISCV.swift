extension LayoutRules {
  /// 64-bit RISC-V (arch/riscv/include/asm/pgtable.h, Documentation/arch/riscv/vm-layout.rst, Linux 6.12).
  /// The sizes follow from the addresses that there are; VMCOREINFO has the borders.
  ///
  /// - Parameter upperFirst: the lowest address of the kernel's half.
  static func riscv(upperFirst: UInt64) -> LayoutRules {
    let header = "arch/riscv/include/asm/pgtable.h"
    // KERN_VIRT_SIZE is a half of the kernel's half; vmalloc has a half of that.
    let half = 0 &- upperFirst
    let pageOffset = LayoutBound.firstOf([
      .vmcoreinfo("NUMBER(PAGE_OFFSET)"), .down(.place(.linearStart), bits: 30),
    ])
    let vmallocStart = LayoutBound.firstOf([
      .vmcoreinfo("NUMBER(VMALLOC_START)"), .minus(pageOffset, half / 4),
    ])
    let vmallocEnd = LayoutBound.firstOf([.vmcoreinfo("NUMBER(VMALLOC_END)"), pageOffset])
    // A `struct page` of 64 bytes for every page of 4 KiB of half of the space.
    let memmap = LayoutBound.firstOf([
      .vmcoreinfo("NUMBER(VMEMMAP_START)"), .minus(vmallocStart, half / 64),
    ])
    let memmapEnd = LayoutBound.firstOf([.vmcoreinfo("NUMBER(VMEMMAP_END)"), vmallocStart])
    let pciIO = LayoutBound.minus(memmap, 16 << 20)
    let imageStart = LayoutBound.firstOf([
      .vmcoreinfo("NUMBER(KERNEL_LINK_ADDR)"), .down(.place(.imageStart), bits: 21),
    ])
    // 2 GiB before the image's last page; the leaf that holds that page may have 2 MiB.
    let modulesStart = LayoutBound.firstOf([
      .vmcoreinfo("NUMBER(MODULES_VADDR)"), .minus(.place(.imageEnd), 2 << 30 + 2 << 20),
    ])
    return LayoutRules(
      rules: [
        LayoutRule(name: "linear map", first: pageOffset, end: .place(.linearEnd), source: header),
        LayoutRule(name: "vmalloc", first: vmallocStart, end: vmallocEnd, source: header),
        LayoutRule(name: "vmemmap", first: memmap, end: memmapEnd, source: header),
        LayoutRule(name: "PCI I/O", first: pciIO, end: memmap, source: header),
        LayoutRule(
          name: "fixmap", first: .minus(pciIO, 6 << 20), end: pciIO,
          source: "arch/riscv/include/asm/fixmap.h"),
        LayoutRule(
          name: "modules", first: modulesStart,
          end: .firstOf([.vmcoreinfo("NUMBER(MODULES_END)"), imageStart]), source: header),
        // KASAN_SHADOW_END is the lowest place of modules (arch/riscv/include/asm/kasan.h).
        LayoutRule(
          name: "KASAN shadow", first: .minus(.minus(imageStart, 2 << 30), half / 8),
          end: .minus(imageStart, 2 << 30), source: "arch/riscv/include/asm/kasan.h", needsMapping: true),
        LayoutRule(
          name: "kernel image", first: imageStart, end: .place(.imageEnd), source: header),
      ], stackBytes: 16384)
  }
}
