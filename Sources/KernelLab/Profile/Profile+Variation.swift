public import PageTables

extension Profile {
  /// The same machine with its addresses divided otherwise.
  ///
  /// TASK_SIZE is PAGE_OFFSET on x86 and 16 MiB below it on ARM.
  public func split(_ split: MemorySplit) throws(ProfileError) -> Profile {
    guard format.addressBits == 32 else {
      throw .notApplicable(option: "split", profile: name, reason: "only 32-bit kernels have one")
    }
    var copy = self
    copy.setPageOffset(split.pageOffset)
    return copy
  }

  mutating func setPageOffset(_ address: UInt64) {
    pageOffset = address
    taskSize = architecture == .arm ? address &- ARMLayout.modulesByteCount : address
    mmapBase = Self.mmapBase(below: taskSize)
    switch kernelHalf {
    case .copied: kernelHalf = .copied(from: taskSize)
    case .privateTable where copiesPrivateTable:
      kernelHalf = .privateTable(from: address, shared: 0x1_0000_0000)
    case .privateTable: kernelHalf = .privateTable(from: taskSize, shared: address)
    case .separateRoot: break
    }
  }

  /// Where `mmap_base` puts the first area when nothing is random: the stack's limit is kept free, and at
  /// least 128 MiB (`mm/util.c`, `arch/x86/mm/mmap.c`).
  static func mmapBase(below taskSize: UInt64) -> UInt64 { taskSize &- 128 << 20 }

  /// The same machine with another kernel of the same era: not-present entries and the rules of areas.
  ///
  /// What brings kernel mappings to processes stays as the profile has it: that is what its name stands for.
  public func running(_ release: KernelRelease) throws(ProfileError) -> Profile {
    let isOlder = release < KernelRelease(2, 6)
    guard !isOlder else {
      throw .badValue(option: "release", value: "\(release)", expected: "2.6 or later")
    }
    var copy = self
    copy.release = release
    copy.format = format.reading(kernel: release)
    var rules = AreaRules.ofKernel(release)
    rules.hasTransparentHugePages = areaRules.hasTransparentHugePages
    rules.faultAroundPages = areaRules.faultAroundPages
    rules.stackLimitPages = areaRules.stackLimitPages
    // Only a 64-bit kernel aligns to huge pages (`__thp_get_unmapped_area`, mm/huge_memory.c).
    if format.addressBits == 32 { rules.mmapAlignmentPages = 0 }
    copy.areaRules = rules
    return copy
  }
}

extension AreaRules {
  /// The rules of the newest kernel that is known and not newer than `release`; of 6.1 for older ones.
  static func ofKernel(_ release: KernelRelease) -> AreaRules {
    KernelRules(release)?.areas ?? .linux6v1
  }
}
