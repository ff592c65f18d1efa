import PageTables

// Documentation/arch/riscv/vm-layout.rst, arch/riscv/include/asm/pgtable.h: Sv39.

extension Profile {
  /// 64-bit RISC-V with Sv39, Linux 6.12: the top-level entries of vmalloc and modules are made at boot, as
  /// since 6.5 (`pgtable_cache_init`, arch/riscv/mm/init.c).
  public static var riscv64: Profile {
    riscv64(
      name: "riscv64", summary: "64-bit RISC-V, Sv39, Linux 6.12: vmalloc preallocated",
      release: KernelRelease(6, 12), policy: .preallocated, pageOffset: 0xffff_ffd6_0000_0000)
  }

  /// Linux 6.4: vmalloc and modules are synchronised by faults.
  public static var riscv64Linux6v4: Profile {
    riscv64(
      name: "riscv64-6.4", summary: "64-bit RISC-V, Sv39, Linux 6.4: vmalloc synchronised by faults",
      release: KernelRelease(6, 4), policy: .lazy, pageOffset: 0xffff_ffd8_0000_0000)
  }

  /// PAGE_OFFSET moved down by 8 GiB in 6.10; all else lies relative to it.
  private static func riscv64(
    name: String, summary: String, release: KernelRelease, policy: VmallocPolicy, pageOffset: UInt64
  ) -> Profile {
    let vmallocStart = pageOffset &- 64 << 30
    let pciStart = vmallocStart &- 4 << 30 &- 16 << 20
    return Profile(
      name: name, summary: summary, architecture: .riscv, release: release,
      format: PagingFormat.riscvSv39.reading(kernel: release), ramBase: 0x8000_0000, ramByteCount: 1 << 30,
      pageOffset: pageOffset, taskSize: 0x40_0000_0000, mmapBase: mmapBase(below: 0x40_0000_0000),
      layoutRule: .fixed(
        KernelLayout(
          linear: pageOffset..<pageOffset, physicalOffset: 0x8000_0000, vmalloc: vmallocStart..<pageOffset,
          modules: 0xffff_ffff_0160_0000..<0xffff_ffff_8000_0000, fixmap: pciStart &- 6 << 20..<pciStart)),
      // Behind the firmware's 2 MiB.
      image: KernelImage(offset: 2 << 20, virtualStart: 0xffff_ffff_8000_0000),
      kernelHalf: .copied(from: 0xffff_ffc0_0000_0000), vmallocPolicy: policy, setsAccessedAndDirty: false,
      accountedTableBytes: [0, 4096, 4096], areaRules: .ofKernel(release), tlb: TLBGeometry(tagBits: 16))
  }
}
