extension LayoutRules {
  /// 32-bit x86 (arch/x86/include/asm/pgtable_32_areas.h, Linux 5.10 to 6.12). From the top: the fixmap,
  /// cpu_entry_area, the LDT's slot, pkmap, vmalloc; each but the first begins where a page-table page's
  /// addresses begin.
  ///
  /// - Parameter tableSpan: the addresses that one such page translates: 4 MiB, with PAE 2 MiB.
  static func x86(tableSpan: UInt64) -> LayoutRules {
    let areas = "arch/x86/include/asm/pgtable_32_areas.h"
    let entryArea = LayoutBound.place(.interruptTable)
    let localTable = LayoutBound.minus(entryArea, tableSpan)
    let highMemory = LayoutBound.ifTable(.minus(localTable, tableSpan))
    let vmallocStart = LayoutBound.plus(.place(.linearEnd), 8 << 20)
    return LayoutRules(
      rules: [
        LayoutRule(
          name: "linear map", first: .place(.linearStart), end: .place(.linearEnd),
          source: "arch/x86/mm/init_32.c"),
        LayoutRule(name: "LDT", first: localTable, end: entryArea, source: areas),
        LayoutRule(name: "pkmap", first: highMemory, end: localTable, source: areas),
        // The fixmap's start depends on the number of CPUs; it is in the last tables, and cpu_entry_area,
        // which ends with it, in those before.
        LayoutRule(
          name: "fixmap", first: .constant(0x1_0000_0000 - tableSpan), end: .constant(0xffff_f000),
          source: "arch/x86/include/asm/fixmap.h", detail: "its first address is not known"),
        LayoutRule(
          name: "cpu_entry_area", first: entryArea, end: .constant(0x1_0000_0000 - tableSpan), source: areas),
        LayoutRule(
          name: "vmalloc", first: vmallocStart,
          end: .minus(.firstOf([highMemory, localTable, .constant(0xffff_f000)]), 0x2000), source: areas),
      ], tableSpan: tableSpan)
  }
}
