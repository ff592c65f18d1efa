import PageTables

extension Profile {
  /// x86-64 with 4 levels, Linux 6.18: vmalloc's top-level entries are made at boot.
  public static var x86_64: Profile {
    Profile(
      name: "x86-64", summary: "x86-64, 4 levels, Linux 6.18: vmalloc preallocated",
      architecture: .x86, release: KernelRelease(6, 18),
      format: PagingFormat.x86_64.reading(kernel: KernelRelease(6, 18)), ramBase: 0, ramByteCount: 1 << 30,
      pageOffset: 0xffff_8880_0000_0000, taskSize: 0x7fff_ffff_f000, mmapBase: 0x7fff_f7ff_f000,
      layoutRule: .fixed(
        KernelLayout(
          linear: 0xffff_8880_0000_0000..<0xffff_8880_4000_0000, physicalOffset: 0,
          vmalloc: 0xffff_c900_0000_0000..<0xffff_e900_0000_0000,
          modules: 0xffff_ffff_a000_0000..<0xffff_ffff_ff00_0000,
          fixmap: 0xffff_ffff_ff57_8000..<0xffff_ffff_ff60_0000,
          cpuEntryArea: 0xffff_fe00_0000_0000..<0xffff_fe80_0000_0000)),
      kernelHalf: .copied(from: 0xffff_8000_0000_0000), vmallocPolicy: .preallocated, isIsolated: false,
      globalPages: true, setsAccessedAndDirty: true, accountedTableBytes: [0, 4096, 4096, 4096],
      areaRules: .linux6v18, cpuCount: 2, tlb: TLBGeometry(tagBits: 12))
  }
}
