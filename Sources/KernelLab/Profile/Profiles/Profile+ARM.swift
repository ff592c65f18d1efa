import PageTables

extension Profile {
  /// 32-bit ARM with short descriptors, Linux 6.1, 3 GiB for processes; RAM as QEMU's virt machine has it.
  public static var arm: Profile {
    arm(
      name: "arm", summary: "32-bit ARM, 2 levels, Linux 6.1, 3G/1G: vmalloc by faults and at switches",
      ramBase: 0x4000_0000, ramByteCount: 1 << 30, split: .user3GKernel1G)
  }

  /// Linux 5.10, where vmalloc does not raise the sequence number: faults alone synchronise it.
  public static var armLinux5v10: Profile {
    var profile = arm
    profile.name = "arm-5.10"
    profile.summary = "32-bit ARM, 2 levels, Linux 5.10, 3G/1G: vmalloc by faults"
    profile.release = KernelRelease(5, 10)
    profile.format = PagingFormat.arm.reading(kernel: profile.release)
    return profile
  }

  /// The same, divided 2 GiB to 2 GiB, with 1.5 GiB of RAM from 10000000 on as an i.MX6 has it: all of it is
  /// mapped linearly, and for writing and execution, as kernels of boards were built
  /// (CONFIG_STRICT_KERNEL_RWX is a choice on ARM).
  public static var armEvenly: Profile {
    var profile = arm(
      name: "arm-2g", summary: "32-bit ARM, 2 levels, Linux 6.1, 2G/2G, RAM at 10000000, all of it mapped",
      ramBase: 0x1000_0000, ramByteCount: 0x6000_0000, split: .user2GKernel2G)
    profile.image.isProtected = false
    return profile
  }

  /// 32-bit ARM with long descriptors, Linux 6.1: a private pmd table for modules and pkmap.
  public static var armLPAE: Profile {
    var profile = arm
    profile.name = "arm-lpae"
    profile.summary = "32-bit ARM with LPAE, 3 levels, Linux 6.1, 3G/1G: a pmd table of its own for modules"
    profile.format = PagingFormat.armLPAE.reading(kernel: profile.release)
    profile.kernelHalf = .privateTable(from: profile.taskSize, shared: profile.pageOffset)
    // swapper_pg_dir has five pages here: a top table, and all second-level tables behind it.
    profile.image.masterOffset = 0x3000
    profile.accountedTableBytes = [0, 4096, 4096]
    profile.areaRules.hasTransparentHugePages = true
    return profile
  }

  private static func arm(
    name: String, summary: String, ramBase: UInt64, ramByteCount: UInt64, split: MemorySplit
  ) -> Profile {
    let release = KernelRelease(6, 1)
    var rules = AreaRules.linux6v1
    rules.hasTransparentHugePages = false
    var profile = Profile(
      name: name, summary: summary, architecture: .arm, release: release,
      format: PagingFormat.arm.reading(kernel: release), ramBase: ramBase, ramByteCount: ramByteCount,
      pageOffset: 0, taskSize: 0, mmapBase: 0, layoutRule: .arm(ARMLayout()),
      // The text begins at 2 MiB, so that what is before it can be made not executable.
      image: KernelImage(
        offset: 2 << 20, textByteCount: 6 << 20, readOnlyByteCount: 4 << 20, dataByteCount: 4 << 20,
        masterOffset: 0x4000),
      kernelHalf: .copied(from: 0), vmallocPolicy: .lazyAndSwitch, setsAccessedAndDirty: false,
      accountedTableBytes: [0, 2048], areaRules: rules, tlb: TLBGeometry(tagBits: 8))
    profile.setPageOffset(split.pageOffset)
    return profile
  }
}
