import PageTables

// Documentation/arch/x86/x86_64/mm.rst (6.12), without CONFIG_RANDOMIZE_MEMORY; so since 4.20, when the
// linear map moved up to make room for the LDT.

extension Profile {
  /// x86-64 with 4 levels, Linux 6.18: vmalloc's top-level entries are made at boot.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  public static var x86_64: Profile {
    x86Long(
      name: "x86-64", summary: "x86-64, 4 levels, Linux 6.18: vmalloc preallocated",
      release: KernelRelease(6, 18), policy: .preallocated)
  }

  /// Linux 5.7: vmalloc is synchronised by faults.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  public static var x86_64Linux5v7: Profile {
    x86Long(
      name: "x86-64-5.7", summary: "x86-64, 4 levels, Linux 5.7: vmalloc synchronised by faults",
      release: KernelRelease(5, 7), policy: .lazy)
  }

  /// Linux 5.8: whoever maps copies to all roots.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  public static var x86_64Linux5v8: Profile {
    x86Long(
      name: "x86-64-5.8", summary: "x86-64, 4 levels, Linux 5.8: vmalloc synchronised eagerly",
      release: KernelRelease(5, 8), policy: .eager)
  }

  /// With page-table isolation: a process's top table is a pair.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  public static var x86_64Isolated: Profile {
    var profile = x86_64
    profile.name = "x86-64-kpti"
    profile.summary = "x86-64, 4 levels, page-table isolation, Linux 6.18: a pair of roots for each process"
    profile.isIsolated = true
    profile.globalPages = false
    return profile
  }

  /// With 5 levels. Areas stay below 2^47 unless a process asks for more.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  public static var x86_64LA57: Profile {
    var profile = x86_64
    profile.name = "x86-64-la57"
    profile.summary = "x86-64, 5 levels, Linux 6.18: vmalloc preallocated"
    profile.format = PagingFormat.x86_64LA57.reading(kernel: profile.release)
    profile.pageOffset = 0xff11_0000_0000_0000
    profile.taskSize = 0x00ff_ffff_ffff_f000
    profile.layoutRule = .fixed(
      x86Layout(
        pageOffset: profile.pageOffset, vmalloc: 0xffa0_0000_0000_0000..<0xffd2_0000_0000_0000,
        localTable: 0xff10_0000_0000_0000..<0xff11_0000_0000_0000))
    profile.kernelHalf = .copied(from: 0xff00_0000_0000_0000)
    // Nobody counts p4d tables: an agent's VmPTE is the same with 4 and with 5 levels (seen on 6.1).
    profile.accountedTableBytes = [0, 0, 4096, 4096, 4096]
    return profile
  }

  private static func x86Long(
    name: String, summary: String, release: KernelRelease, policy: VmallocPolicy
  ) -> Profile {
    Profile(
      name: name, summary: summary, architecture: .x86, release: release,
      format: PagingFormat.x86_64.reading(kernel: release), ramBase: 0, ramByteCount: 1 << 30,
      pageOffset: 0xffff_8880_0000_0000, taskSize: 0x7fff_ffff_f000,
      mmapBase: mmapBase(below: 0x7fff_ffff_f000),
      layoutRule: .fixed(
        x86Layout(
          pageOffset: 0xffff_8880_0000_0000, vmalloc: 0xffff_c900_0000_0000..<0xffff_e900_0000_0000,
          localTable: 0xffff_8800_0000_0000..<0xffff_8880_0000_0000)),
      image: KernelImage(offset: 4 << 20, virtualStart: 0xffff_ffff_8040_0000),
      kernelHalf: .copied(from: 0xffff_8000_0000_0000), vmallocPolicy: policy, setsAccessedAndDirty: true,
      accountedTableBytes: [0, 4096, 4096, 4096], areaRules: .ofKernel(release),
      tlb: TLBGeometry(tagBits: 12))
  }

  private static func x86Layout(
    pageOffset: UInt64, vmalloc: Range<UInt64>, localTable: Range<UInt64>
  ) -> KernelLayout {
    KernelLayout(
      linear: pageOffset..<pageOffset, physicalOffset: 0, vmalloc: vmalloc,
      modules: 0xffff_ffff_a000_0000..<0xffff_ffff_ff00_0000,
      // FIXADDR_TOP; how far down it goes is the configuration's.
      fixmap: 0xffff_ffff_ff57_8000..<0xffff_ffff_ff7f_f000,
      cpuEntryArea: 0xffff_fe00_0000_0000..<0xffff_fe80_0000_0000, localTable: localTable)
  }
}
