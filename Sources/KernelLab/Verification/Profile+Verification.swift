public import KernelOracle
internal import PageTables

extension Profile {
  /// The profile of a kernel that was seen under these conditions: of its architecture and page tables, with the
  /// area rules of its release and the limits that were seen.
  ///
  /// The place of the topmost areas follows from the stack's limit, without randomisation (`mmap_base`,
  /// `arch/x86/mm/mmap.c` and `mm/util.c`, 6.18).
  ///
  /// - Parameter machine: the profile to start from; nil for the first that has such page tables.
  public static func seen(
    _ conditions: Conditions, on machine: Profile? = nil
  ) throws(VerificationError) -> (profile: Profile, rules: KernelRules) {
    func refusal(_ reason: String) -> VerificationError {
      .noProfile(kernel: "\(conditions.architecture) \(conditions.release)", reason: reason)
    }
    guard let release = KernelRelease(conditions.release) else {
      throw refusal("'\(conditions.release)' does not begin with a kernel's two numbers")
    }
    guard let rules = KernelRules(release) else {
      throw refusal("it is older than \(KernelRules.all.last?.release ?? release), the oldest that is known")
    }
    var profile = try Self.machine(conditions, machine, refusal)
    let pageBits = UInt64(profile.format.pageSizeBits)
    guard conditions.userEnd >= 1 << 30, conditions.userEnd <= 1 << 57 else {
      throw refusal("user addresses end at \(String(conditions.userEnd, radix: 16))")
    }
    do throws(ProfileError) { profile = try profile.running(release) } catch { throw refusal("\(error)") }
    profile.areaRules.stackLimitPages = conditions.stackLimitBytes >> pageBits
    profile.areaRules.hasTransparentHugePages = conditions.hugePages != nil
    profile.areaRules.hugePagePolicy =
      switch conditions.hugePages {
      case "always": .always
      case "madvise": .advised
      default: .never
      }
    profile.taskSize = conditions.userEnd
    let stackGap = profile.areaRules.stackGapPages << pageBits
    let wanted = min(conditions.stackLimitBytes, 1 << 60) + stackGap
    let gap = min(max(wanted, 128 << 20), conditions.userEnd / 6 * 5)
    profile.mmapBase = (conditions.userEnd - gap + (1 << pageBits) - 1) & ~((1 << pageBits) - 1)
    return (profile, rules)
  }

  /// The profile that was asked for, if the kernel can be one of its kind; else the first such.
  private static func machine(
    _ conditions: Conditions, _ asked: Profile?, _ refusal: (String) -> VerificationError
  ) throws(VerificationError) -> Profile {
    guard let architecture = architecture(conditions.architecture) else {
      throw refusal("the lab has no such machine")
    }
    if let asked {
      guard asked.architecture == architecture, asked.isLike(conditions) else {
        throw refusal(
          "\(asked.name) is another machine"
            + (all.first { $0.architecture == architecture && $0.isLike(conditions) }.map {
              ", \($0.name) would do"
            } ?? ""))
      }
      return asked
    }
    guard let found = all.first(where: { $0.architecture == architecture && $0.isLike(conditions) }) else {
      let table = conditions.lastTable
      throw refusal(
        "no profile has pages of \(conditions.pageSizeBytes) bytes and page tables that map "
          + "\(table.spanBytes >> 10) KiB and count \(table.countedBytes)")
    }
    return found
  }

  /// Whether page tables that were seen are of this profile's kind.
  private func isLike(_ conditions: Conditions) -> Bool {
    let last = format.levelCount - 1
    guard last > 0 else { return false }
    let group = UInt64(max(1, format.level(last).allocation.tableCount))
    return conditions.pageSizeBytes == 1 << UInt64(format.pageSizeBits)
      && conditions.lastTable.spanBytes == group << UInt64(format.geometry(last - 1).shift)
      && conditions.lastTable.countedBytes == accountedTableBytes[last]
      && (conditions.userEnd > 1 << 32) == (format.addressBits > 32)
  }

  /// What `uname -m` calls a machine.
  private static func architecture(_ name: String) -> Architecture? {
    switch name {
    case "x86_64", "i386", "i486", "i586", "i686": .x86
    case "armv6l", "armv7l", "armv8l": .arm
    case "aarch64": .arm64
    case "riscv64": .riscv
    default: nil
    }
  }

  /// What would be seen of a kernel of this profile, as far as it must be known to make programs for it.
  func conditions() -> Conditions {
    let machine =
      switch architecture {
      case .x86: format.addressBits > 32 ? "x86_64" : "i686"
      case .arm: "armv7l"
      case .arm64: "aarch64"
      case .riscv: "riscv64"
      case .alpha: "alpha"
      }
    let last = format.levelCount - 1
    let group = last > 0 ? UInt64(max(1, format.level(last).allocation.tableCount)) : 1
    let span = last > 0 ? group << UInt64(format.geometry(last - 1).shift) : 0
    return Conditions(
      release: "\(release)", architecture: machine, pageSizeBytes: 1 << UInt64(format.pageSizeBits),
      lastTable: .init(spanBytes: span, countedBytes: accountedTableBytes[last]), userEnd: taskSize,
      control: RunningKernel.control, code: RunningKernel.code,
      stackLimitBytes: areaRules.stackLimitPages << UInt64(format.pageSizeBits), lockLimitBytes: nil,
      hugePages: areaRules.hasTransparentHugePages ? "madvise" : nil, counterSource: .rollup,
      framesVisible: true, softDirty: .masked,
      base: KernelOracle.Counters(
        residentAnonymousKiB: 0, residentFileKiB: 0, pageTablesKiB: 0, totalKiB: 0, lockedKiB: 0, dataKiB: 0),
      notes: [])
  }
}
