import PageTables
import QEMUOracle

extension ComparedFormat {
  /// Every format that QEMU has a memory management unit for, in all its sizes that differ in kind.
  static let all: [ComparedFormat] = x86 + arm + armLPAE + aarch64 + riscV

  private static var x86: [ComparedFormat] {
    let modes: [(PagingFormat, X86Paging.Mode)] = [
      (.x86, .twoLevel), (.x86PAE, .pae), (.x86_64, .fourLevel), (.x86_64LA57, .fiveLevel),
    ]
    return modes.map { format, mode in
      ComparedFormat(nil, format, .x86, reservedBits: .malformed) { image, _, root in
        try X86Oracle(image: image, paging: X86Paging(mode: mode, root: root.lower.rawValue))
      }
    }
  }

  private static var arm: [ComparedFormat] {
    let sizes: [(split: UInt8, accessFlag: PagingFormat.ARMAccessFlag)] = [
      (0, .permissionBit), (1, .permissionBit), (2, .permissionBit), (7, .permissionBit), (0, .accessFlag),
      (3, .accessFlag),
    ]
    return sizes.map { split, accessFlag in
      ComparedFormat(
        "arm N=\(split) \(accessFlag)", .arm(split: split, accessFlag: accessFlag), .arm,
        reservedBits: .unmapped
      ) { image, format, root in
        try ARMOracle(
          image: image,
          paging: ARMPaging(
            descriptors: .short, ttbr0: format.rootRegister.entryBits(of: root.lower),
            ttbr1: format.rootRegister.entryBits(of: root.upper), ttbcr: UInt32(split),
            hasAccessFlag: accessFlag == .accessFlag))
      }
    }
  }

  private static var armLPAE: [ComparedFormat] {
    let sizes: [(lower: UInt8, upper: UInt8, processor: ARMPaging.Processor)] = [
      (0, 0, .armv8), (1, 0, .armv8), (0, 1, .armv8), (1, 1, .armv8), (0, 2, .armv8), (2, 2, .armv8),
      (3, 1, .armv8), (7, 7, .armv8), (0, 0, .armv7), (0, 2, .armv7),
    ]
    return sizes.map { lower, upper, processor in
      ComparedFormat(
        "arm-lpae T0SZ=\(lower) T1SZ=\(upper) \(processor)", .armLPAE(lowerSize: lower, upperSize: upper),
        .arm, reservedBits: .malformed,
        // Armv7 asks software for zeros in bits 47:40 and does not look at them.
        isUnchecked: {
          guard processor == .armv7, case .stopped(.reservedBits) = $0.outcome else { return false }
          return true
        }
      ) { image, format, root in
        try ARMOracle(
          image: image,
          paging: ARMPaging(
            descriptors: .long, ttbr0: format.rootRegister.entryBits(of: root.lower),
            ttbr1: format.rootRegister.entryBits(of: root.upper), ttbcr: UInt32(lower) | UInt32(upper) << 16,
            processor: processor))
      }
    }
  }

  private static var aarch64: [ComparedFormat] {
    let sizes: [(PagingFormat.AArch64Granule, [UInt8], PagingFormat.AArch64OutputAddress)] = [
      (.kib4, [36, 39, 48], .standard), (.kib4, [48, 52], .lpa2), (.kib16, [36, 47, 48], .standard),
      (.kib16, [48, 52], .lpa2), (.kib64, [42, 48], .standard), (.kib64, [48, 52], .lpa),
    ]
    return sizes.flatMap { granule, bits, output in
      bits.compactMap { bits in
        PagingFormat.aarch64(granule: granule, virtualAddressBits: bits, outputAddress: output).map {
          aarch64($0, granule, bits: bits, output)
        }
      }
    }
  }

  private static func aarch64(
    _ format: PagingFormat, _ granule: PagingFormat.AArch64Granule, bits: UInt8,
    _ output: PagingFormat.AArch64OutputAddress
  ) -> ComparedFormat {
    let lowerGranule: UInt64 =
      switch granule {
      case .kib4: 0
      case .kib16: 2
      case .kib64: 1
      }
    let upperGranule: UInt64 =
      switch granule {
      case .kib4: 2
      case .kib16: 1
      case .kib64: 3
      }
    let size = 64 - UInt64(bits)
    let outputSize: UInt64 = output == .standard ? 5 : 6
    let tcr =
      size | lowerGranule << 14 | size << 16 | upperGranule << 30 | outputSize << 32
      | (output == .lpa2 ? 1 << 59 : 0)
    return ComparedFormat(
      "\(format.name) \(bits) bits", format, .aarch64, reservedBits: .malformed,
      // QEMU 7.2 takes a block at levels where the architecture has none.
      isUnchecked: { $0.outcome == .stopped(.invalidEntry) && $0.steps.count < format.levelCount },
      start: { image, format, root in
        try AArch64Oracle(
          image: image,
          paging: AArch64Paging(
            ttbr0: format.rootRegister.entryBits(of: root.lower),
            ttbr1: format.rootRegister.entryBits(of: root.upper), tcr: tcr))
      })
  }

  /// QEMU 7.2 checks bits 60:54 only if it has neither Svnapot nor Svpbmt, and the reserved memory type never.
  private static func isUncheckedWithExtensions(_ translation: Translation) -> Bool {
    switch translation.outcome {
    case .stopped(.reservedBits(let excess)): excess & ~(0x7f << 54) == 0
    case .stopped(.invalidEntry):
      translation.steps[translation.steps.count - 1].entry >> 61 & 3 == 3
    default: false
    }
  }

  private static var riscV: [ComparedFormat] {
    let none = PagingFormat.RISCVExtensions(hasNAPOT: false, hasPBMT: false)
    let modes: [(PagingFormat, RISCVPaging.Mode, Bool)] = [
      (.riscvSv32, .sv32, false), (.riscvSv39, .sv39, true), (.riscvSv48, .sv48, true),
      (.riscvSv57, .sv57, true), (.riscvSv39(none), .sv39, false), (.riscvSv57(none), .sv57, false),
    ]
    return modes.map { format, mode, hasExtensions in
      ComparedFormat(
        "\(format.name)\(hasExtensions ? " Svnapot Svpbmt" : "")", format,
        mode == .sv32 ? .riscv32 : .riscv64,
        // The unit does not tell reserved bits from an absent entry.
        reservedBits: .unmapped,
        isUnchecked: { hasExtensions && isUncheckedWithExtensions($0) }
      ) { image, _, root in
        try RISCVOracle(
          image: image,
          paging: RISCVPaging(
            mode: mode, root: root.lower.rawValue, hasNaturallyAlignedPages: hasExtensions,
            hasPageMemoryTypes: hasExtensions))
      }
    }
  }
}
