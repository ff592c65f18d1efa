import PageTables

extension Profile {
  /// AArch64 with 4 KiB pages and 48-bit addresses, Linux 6.1 (Documentation/arm64/memory.rst): the kernel has
  /// a root of its own, and nothing is ever copied.
  public static var arm64: Profile {
    let release = KernelRelease(6, 1)
    var rules = AreaRules.linux6v1
    rules.mmapAlignmentPages = 0
    return Profile(
      name: "arm64", summary: "AArch64, 4 levels, Linux 6.1: the kernel has a root of its own",
      architecture: .arm64, release: release, format: PagingFormat.aarch64.reading(kernel: release),
      ramBase: 0x4000_0000, ramByteCount: 1 << 30, pageOffset: 0xffff_0000_0000_0000,
      taskSize: 0x1_0000_0000_0000, mmapBase: mmapBase(below: 0x1_0000_0000_0000),
      layoutRule: .fixed(
        KernelLayout(
          linear: 0xffff_0000_0000_0000..<0xffff_0000_0000_0000, physicalOffset: 0x4000_0000,
          vmalloc: 0xffff_8000_0800_0000..<0xffff_fbff_f000_0000,
          modules: 0xffff_8000_0000_0000..<0xffff_8000_0800_0000,
          fixmap: 0xffff_fbff_fda0_0000..<0xffff_fbff_fe00_0000)),
      // KIMAGE_VADDR is VMALLOC_START: the image is vmalloc's first area.
      image: KernelImage(offset: 2 << 20, virtualStart: 0xffff_8000_0820_0000),
      kernelHalf: .separateRoot, vmallocPolicy: .shared, setsAccessedAndDirty: false,
      accountedTableBytes: [0, 4096, 4096, 4096], areaRules: rules, tlb: TLBGeometry(tagBits: 16))
  }
}
