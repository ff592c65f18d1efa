import PageTables

extension Profile {
  /// 32-bit x86 without PAE, Linux 6.1: sync of all roots, and a fault for what a race left out.
  public static var i386: Profile {
    i386(
      name: "i386", summary: "32-bit x86, 2 levels, Linux 6.1: vmalloc synchronised eagerly, and by faults",
      release: KernelRelease(6, 1), policy: .eagerAndFault)
  }

  /// Linux 5.7, the last that synchronised vmalloc by faults alone.
  public static var i386Linux5v7: Profile {
    i386(
      name: "i386-5.7", summary: "32-bit x86, 2 levels, Linux 5.7: vmalloc synchronised by faults",
      release: KernelRelease(5, 7), policy: .lazy)
  }

  /// Linux 5.8, which did without the fault and had a race.
  public static var i386Linux5v8: Profile {
    i386(
      name: "i386-5.8", summary: "32-bit x86, 2 levels, Linux 5.8: vmalloc synchronised eagerly, with a race",
      release: KernelRelease(5, 8), policy: .eager)
  }

  /// 32-bit x86 with PAE, Linux 6.1: all processes share the kernel's second-level tables.
  public static var i386PAE: Profile {
    var profile = i386(
      name: "i386-pae", summary: "32-bit x86 with PAE, 3 levels, Linux 6.1: the kernel's pmd tables shared",
      release: KernelRelease(6, 1), policy: .shared)
    profile.format = PagingFormat.x86PAE.reading(kernel: profile.release)
    profile.layoutRule = .i386(I386Layout(hasPAE: true))
    profile.accountedTableBytes = [0, 4096, 4096]
    profile.preallocatesUserTables = true
    return profile
  }

  /// With page-table isolation each process has the kernel's second-level tables to itself.
  public static var i386PAEIsolated: Profile {
    var profile = i386PAE
    profile.name = "i386-pae-pti"
    profile.summary =
      "32-bit x86 with PAE and page-table isolation, Linux 6.1: the kernel's pmd tables copied"
    profile.isIsolated = true
    profile.globalPages = false
    profile.kernelHalf = .privateTable(from: profile.pageOffset, shared: 0x1_0000_0000)
    profile.copiesPrivateTable = true
    profile.vmallocPolicy = .eagerAndFault
    return profile
  }

  private static func i386(
    name: String, summary: String, release: KernelRelease, policy: VmallocPolicy
  ) -> Profile {
    var rules = AreaRules.linux6v1
    rules.mmapAlignmentPages = 0
    // Pages of 4 MiB: `has_transparent_hugepage` asks for PSE, not for PAE (`arch/x86/Kconfig` and
    // `arch/x86/include/asm/pgtable.h`, 6.1; Debian's 5.10 and 6.1 of i686 have CONFIG_TRANSPARENT_HUGEPAGE).
    rules.hasTransparentHugePages = true
    return Profile(
      name: name, summary: summary, architecture: .x86, release: release,
      format: PagingFormat.x86.reading(kernel: release), ramBase: 0, ramByteCount: 1 << 30,
      pageOffset: 0xc000_0000, taskSize: 0xc000_0000, mmapBase: mmapBase(below: 0xc000_0000),
      layoutRule: .i386(I386Layout()), image: .x86, kernelHalf: .copied(from: 0xc000_0000),
      vmallocPolicy: policy, setsAccessedAndDirty: true, accountedTableBytes: [0, 4096], areaRules: rules,
      tlb: TLBGeometry())
  }
}

extension KernelImage {
  /// From 4 MiB on (CONFIG_PHYSICAL_START), so that each part has a 4 MiB page of its own.
  static var x86: KernelImage { KernelImage(offset: 4 << 20) }
}
