extension LayoutRules {
  /// 32-bit ARM (Documentation/arch/arm/memory.rst, Linux 6.1). PAGE_OFFSET is the configuration's; modules
  /// lie in the 16 MiB below it, and pkmap, where there is one, in the last 2 MiB of these.
  static func arm(stackBytes: UInt64) -> LayoutRules {
    let document = "Documentation/arch/arm/memory.rst"
    let pageOffset = LayoutBound.down(.place(.linearStart), bits: 24)
    let highMemory = LayoutBound.ifTable(.minus(pageOffset, 2 << 20))
    return LayoutRules(
      rules: [
        LayoutRule(name: "linear map", first: pageOffset, end: .place(.linearEnd), source: document),
        LayoutRule(name: "pkmap", first: highMemory, end: pageOffset, source: document),
        LayoutRule(
          name: "modules", first: .minus(pageOffset, 16 << 20), end: .firstOf([highMemory, pageOffset]),
          source: document),
        LayoutRule(
          name: "vectors", first: .constant(0xffff_0000), end: .constant(0xffff_2000), source: document),
        LayoutRule(
          name: "fixmap", first: .constant(0xffc0_0000), end: .constant(0xfff0_0000),
          source: "arch/arm/include/asm/fixmap.h"),
        LayoutRule(
          name: "device tree", first: .constant(0xff80_0000), end: .constant(0xffc0_0000), source: document,
          needsMapping: true),
        LayoutRule(
          name: "vmalloc", first: .down(.plus(.place(.linearEnd), 8 << 20), bits: 23),
          end: .constant(0xff80_0000), source: document),
      ], stackBytes: stackBytes)
  }
}
