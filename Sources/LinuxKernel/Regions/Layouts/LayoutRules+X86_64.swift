extension LayoutRules {
  /// x86-64, with four or five levels (Documentation/arch/x86/x86_64/mm.rst, Linux 6.12).
  ///
  /// With CONFIG_RANDOMIZE_MEMORY the linear map, vmalloc and the memory map begin anywhere, in this order,
  /// at multiples of 1 GiB (arch/x86/mm/kaslr.c); their variables hold where.
  static func longMode(isFiveLevel: Bool) -> LayoutRules {
    let document = "Documentation/arch/x86/x86_64/mm.rst"
    let imageStart: UInt64 = 0xffff_ffff_8000_0000
    let imageEnd = LayoutBound.firstOf([
      .plusNumber(.constant(imageStart), "NUMBER(KERNEL_IMAGE_SIZE)"), .down(.place(.afterImage), bits: 29),
      .up(.place(.imageEnd), bits: 29),
    ])
    let linearStart = LayoutBound.firstOf([
      .variable("page_offset_base"), .down(.place(.linearStart), bits: 30),
    ])
    let vmallocStart = LayoutBound.firstOf([
      .vmcoreinfo("NUMBER(VMALLOC_START)"), .variable("vmalloc_base"), .down(.place(.afterLinear), bits: 30),
    ])
    let memmapStart = LayoutBound.firstOf([
      .vmcoreinfo("SYMBOL(vmemmap)"), .variable("vmemmap_base"), .place(.memmap),
    ])
    let localTable: UInt64 = isFiveLevel ? 0xff10_0000_0000_0000 : 0xffff_8800_0000_0000
    let localTableBytes: UInt64 = isFiveLevel ? 1 << 48 : 1 << 39
    let shadow: UInt64 = isFiveLevel ? 0xffdf_0000_0000_0000 : 0xffff_ec00_0000_0000
    return LayoutRules(
      rules: [
        LayoutRule(
          name: "linear map", first: linearStart, end: .place(.linearEnd), source: "arch/x86/mm/kaslr.c"),
        LayoutRule(
          name: "vmemmap", first: memmapStart, end: .plus(memmapStart, isFiveLevel ? 1 << 49 : 1 << 40),
          source: document),
        LayoutRule(
          name: "cpu_entry_area", first: .constant(0xffff_fe00_0000_0000),
          end: .constant(0xffff_fe80_0000_0000), source: document),
        LayoutRule(
          name: "vmalloc", first: vmallocStart,
          end: .plus(vmallocStart, isFiveLevel ? 12800 << 40 : 32 << 40), source: document),
        LayoutRule(
          name: "LDT", first: .constant(localTable), end: .constant(localTable + localTableBytes),
          source: document, needsMapping: true),
        LayoutRule(
          name: "KASAN shadow", first: .constant(shadow), end: .constant(0xffff_fc00_0000_0000),
          source: document, needsMapping: true),
        LayoutRule(
          name: "espfix", first: .constant(0xffff_ff00_0000_0000), end: .constant(0xffff_ff80_0000_0000),
          source: document, detail: "the same stacks at many addresses"),
        LayoutRule(
          name: "EFI", first: .constant(0xffff_ffef_0000_0000), end: .constant(0xffff_ffff_0000_0000),
          source: document),
        LayoutRule(
          name: "kernel image", first: .constant(imageStart), end: imageEnd, source: document),
        LayoutRule(
          name: "modules", first: imageEnd, end: .constant(0xffff_ffff_ff00_0000), source: document),
        LayoutRule(
          name: "vsyscall", first: .constant(0xffff_ffff_ff60_0000), end: .constant(0xffff_ffff_ff60_1000),
          source: document, needsMapping: true),
        // FIXADDR_TOP (arch/x86/include/asm/fixmap.h); the map grows down, into what is left of modules.
        LayoutRule(
          name: "fixmap", first: .constant(0xffff_ffff_ff00_0000), end: .constant(0xffff_ffff_ff7f_f000),
          source: "arch/x86/include/asm/fixmap.h"),
      ], borders: [0xffff_fe00_0000_0000, 0xffff_ffff_ff00_0000], stackBytes: 16384)
  }
}
