import PageTables

extension PageFault {
  /// What the processor tells its kernel of the fault, in the words of the architecture's manual.
  public func code(_ profile: Profile) -> String {
    switch profile.architecture {
    case .x86:
      let code = x86ErrorCode(
        hasNoExecute: profile.format.level(profile.format.levelCount - 1).entryByteCount == 8)
      let names = [(1, "present"), (2, "write"), (4, "user"), (8, "reserved bit"), (16, "fetch")]
      let set = names.filter { code & UInt32($0.0) != 0 }.map(\.1)
      return
        "error code \(String(code, radix: 16)) (\(set.isEmpty ? "kernel read, not present" : set.joined(separator: ", ")))"
    case .arm:
      let name = access.kind == .execute ? "IFSR" : "DFSR"
      let status = profile.format.levelCount == 2 ? shortDescriptorStatus : longDescriptorStatus(profile)
      let write: UInt32 = access.kind == .write ? 1 << 11 : 0
      let isLong: UInt32 = profile.format.levelCount == 2 ? 0 : 1 << 9
      return "\(name) \(String(status | write | isLong, radix: 16))"
    case .arm64:
      // ESR_EL1 (Arm ARM, D17.2.37): class 0x20/0x21 instruction abort, 0x24/0x25 data abort; WnR is bit 6.
      let exceptionClass: UInt32 = (access.kind == .execute ? 0x20 : 0x24) + (access.isUser ? 0 : 1)
      let write: UInt32 = access.kind == .write ? 1 << 6 : 0
      let code = exceptionClass << 26 | 1 << 25 | write | longDescriptorStatus(profile)
      return "ESR \(String(code, radix: 16))"
    case .riscv:
      // Privileged specification, 4.1.8: page faults of instructions, loads and stores.
      let cause = access.kind == .execute ? 12 : access.kind == .read ? 13 : 15
      return "scause \(cause)"
    case .alpha:
      // Alpha Architecture Reference Manual, OpenVMS and OSF/1 section on memory management faults: mmcsr.
      switch cause {
      case .notPresent, .malformed: return "mmcsr 0 (translation not valid)"
      case .permission: return "mmcsr 1 (access violation)"
      case .accessFlag:
        return access.kind == .execute
          ? "mmcsr 3 (fault on execute)"
          : access.kind == .write ? "mmcsr 4 (fault on write)" : "mmcsr 2 (fault on read)"
      }
    }
  }

  /// DFSR's FS with short descriptors (ARMv7-A manual, table B3-23).
  private var shortDescriptorStatus: UInt32 {
    let isSecondLevel = depth > 0
    switch cause {
    case .notPresent, .malformed: return isSecondLevel ? 0x7 : 0x5
    case .permission: return isSecondLevel ? 0xf : 0xd
    case .accessFlag: return isSecondLevel ? 0x6 : 0x3
    }
  }

  /// The status of long descriptors: the kind, and the level from 1 to 3 (ARMv7-A manual, table B3-24; Arm ARM,
  /// DFSC).
  private func longDescriptorStatus(_ profile: Profile) -> UInt32 {
    let level = UInt32(clamping: 4 - profile.format.levelCount + depth)
    switch cause {
    case .notPresent, .malformed: return 0x4 + level
    case .accessFlag: return 0x8 + level
    case .permission: return 0xc + level
    }
  }
}
