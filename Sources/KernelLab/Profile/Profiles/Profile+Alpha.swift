import PageTables

// arch/alpha/include/asm/pgtable.h, arch/alpha/mm/init.c, arch/alpha/include/asm/processor.h (6.1).

extension Profile {
  /// Alpha with 8 KiB pages, Linux 6.1: vmalloc is in the one top-level entry that all processes share.
  public static var alpha: Profile {
    let release = KernelRelease(6, 1)
    let pageOffset: UInt64 = 0xffff_fc00_0000_0000
    var rules = AreaRules.linux6v1
    rules.mmapAlignmentPages = 0
    rules.hasTransparentHugePages = false
    // 8 MiB and 64 KiB in pages of 8 KiB.
    rules.stackLimitPages = 1024
    rules.faultAroundPages = 8
    return Profile(
      name: "alpha", summary: "Alpha, 3 levels of 8 KiB pages, Linux 6.1: vmalloc in one shared entry",
      architecture: .alpha, release: release, format: PagingFormat.alpha.reading(kernel: release), ramBase: 0,
      ramByteCount: 1 << 30, pageOffset: pageOffset, taskSize: 0x400_0000_0000,
      // The architecture places areas upwards from the middle (TASK_UNMAPPED_BASE); the lab goes down.
      mmapBase: mmapBase(below: 0x400_0000_0000),
      layoutRule: .fixed(
        KernelLayout(
          linear: pageOffset..<pageOffset, physicalOffset: 0,
          vmalloc: 0xffff_fffc_0000_0000..<0xffff_fffe_0000_0000)),
      image: KernelImage(offset: 0), kernelHalf: .copied(from: 0xffff_fffc_0000_0000),
      vmallocPolicy: .preallocated, setsAccessedAndDirty: false, accountedTableBytes: [0, 8192, 8192],
      areaRules: rules, tlb: TLBGeometry(tagBits: 8), selfMapAddress: 0xffff_fffe_0000_0000,
      // Valid, all address spaces, kernel may read and write.
      selfMapBits: 0x1111, hasLinearSegment: true)
  }

  /// With CONFIG_ALPHA_LARGE_VMALLOC all kernel entries are copied, and faults bring later ones.
  public static var alphaLargeVmalloc: Profile {
    var profile = alpha
    profile.name = "alpha-large-vmalloc"
    profile.summary = "Alpha with CONFIG_ALPHA_LARGE_VMALLOC, Linux 6.1: vmalloc synchronised by faults"
    profile.layoutRule = .fixed(
      KernelLayout(
        linear: profile.pageOffset..<profile.pageOffset, physicalOffset: 0,
        vmalloc: 0xffff_fe00_0000_0000..<0xffff_fffe_0000_0000))
    profile.kernelHalf = .copied(from: 0xffff_fe00_0000_0000)
    profile.vmallocPolicy = .lazy
    return profile
  }
}
