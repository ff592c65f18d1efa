public import KernelOracle
internal import PageTables

extension Profile {
  /// The profile of a kernel that was seen under these conditions: of its architecture, with the area rules
  /// of its release and the limits that were seen.
  ///
  /// The place of the topmost areas follows from the stack's limit, without randomisation (`mmap_base`,
  /// `arch/x86/mm/mmap.c` and `mm/util.c`, 6.18).
  ///
  /// - Parameter machine: the profile to start from; nil for the first of the architecture, which cannot tell
  ///   a kernel with PAE or LPAE from one without.
  public static func seen(
    _ conditions: Conditions, on machine: Profile? = nil
  ) throws(VerificationError) -> (profile: Profile, rules: KernelRules) {
    let rules = KernelRules(release: conditions.release)
    func refusal(_ reason: String) -> VerificationError {
      .noProfile(architecture: conditions.architecture, reason: reason)
    }
    guard var profile = machine ?? Self.machine(conditions.architecture) else {
      throw refusal("the lab has none")
    }
    let pageBits = UInt64(profile.format.pageSizeBits)
    guard conditions.pageSizeBytes == 1 << pageBits else {
      throw refusal("pages of \(conditions.pageSizeBytes) bytes")
    }
    guard conditions.userEnd >= 1 << 30, conditions.userEnd <= 1 << 57 else {
      throw refusal("user addresses end at \(String(conditions.userEnd, radix: 16))")
    }
    profile.areaRules = rules.areas
    profile.areaRules.stackLimitPages = conditions.stackLimitBytes >> pageBits
    profile.areaRules.hasTransparentHugePages = conditions.hugePages != nil
    profile.taskSize = conditions.userEnd
    let stackGap = profile.areaRules.stackGapPages << pageBits
    let wanted = min(conditions.stackLimitBytes, 1 << 60) + stackGap
    let gap = min(max(wanted, 128 << 20), conditions.userEnd / 6 * 5)
    profile.mmapBase = (conditions.userEnd - gap + (1 << pageBits) - 1) & ~((1 << pageBits) - 1)
    return (profile, rules)
  }

  /// The profile of what `uname -m` calls a machine.
  private static func machine(_ architecture: String) -> Profile? {
    switch architecture {
    case "x86_64": .x86_64
    case "i386", "i486", "i586", "i686": .i386
    case "armv6l", "armv7l", "armv8l": .arm
    case "aarch64": .arm64
    case "riscv64": .riscv64
    default: nil
    }
  }
}
