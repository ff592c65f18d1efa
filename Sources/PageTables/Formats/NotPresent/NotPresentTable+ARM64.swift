// Linux's not-present entries on arm64: arch/arm64/include/asm/pgtable.h and pgtable-prot.h. A stored frame
// number has MAX_PHYSMEM_BITS (48, with 52-bit addresses 52) less the page shift bits.

extension NotPresentTable {
  /// arm64, Linux 6.11 to 6.14: type in bits 10:6, offset in 61:12, PTE_PRESENT_INVALID (PROT_NONE) in bit 11.
  public static func arm64(
    _ granule: PagingFormat.AArch64Granule, _ output: PagingFormat.AArch64OutputAddress
  ) -> NotPresentTable {
    arm64Invalid(
      since: KernelRelease(6, 11), era: "Linux 6.11 to 6.14, arm64", granule, output, special: .linux6v2)
  }

  /// arm64 since Linux 6.11: a page that is present for Linux and not valid for the processor has bit 11.
  public static func arm64Invalid(
    since: KernelRelease, era: StaticString, _ granule: PagingFormat.AArch64Granule,
    _ output: PagingFormat.AArch64OutputAddress,
    special: SpecialSwapTypes
  ) -> NotPresentTable {
    NotPresentTable(
      since: since, era: era, type: 6...10, offset: 12...61,
      frame: 12...11 &+ arm64FrameBits(granule, output),
      special: special,
      protectionNone: arm64ProtectionNone(mask: 0x801, match: 0x800, granule, output))
  }

  /// arm64, Linux 5.19 to 6.10: exclusive marker in bit 2, type in bits 7:3, offset in 57:8, PTE_PROT_NONE in
  /// bit 58.
  public static func arm64Bit58(
    since: KernelRelease, era: StaticString, _ granule: PagingFormat.AArch64Granule,
    _ output: PagingFormat.AArch64OutputAddress,
    special: SpecialSwapTypes
  ) -> NotPresentTable {
    NotPresentTable(
      since: since, era: era, type: 3...7, offset: 8...57, frame: 8...7 &+ arm64FrameBits(granule, output),
      special: special,
      protectionNone: arm64ProtectionNone(
        mask: 1 &<< 58 | 0x1, match: 1 &<< 58, granule, output))
  }

  /// arm64, Linux 4.0 to 5.18: type in bits 7:2, offset in 57:8, PTE_PROT_NONE in bit 58.
  public static func arm64WideType(
    since: KernelRelease, era: StaticString, _ granule: PagingFormat.AArch64Granule,
    _ output: PagingFormat.AArch64OutputAddress,
    special: SpecialSwapTypes
  ) -> NotPresentTable {
    NotPresentTable(
      since: since, era: era, type: 2...7, offset: 8...57, frame: 8...7 &+ arm64FrameBits(granule, output),
      special: special,
      protectionNone: arm64ProtectionNone(
        mask: 1 &<< 58 | 0x1, match: 1 &<< 58, granule, output))
  }

  private static func arm64FrameBits(
    _ granule: PagingFormat.AArch64Granule, _ output: PagingFormat.AArch64OutputAddress
  ) -> UInt8 {
    (output == .standard ? 48 : 52) &- granule.sizeBits
  }

  /// The frame number is the part of the address that stands in place: of a 52-bit address the bits that an
  /// entry keeps elsewhere are not in it.
  private static func arm64ProtectionNone(
    mask: UInt64, match: UInt64, _ granule: PagingFormat.AArch64Granule,
    _ output: PagingFormat.AArch64OutputAddress
  ) -> Rule {
    Rule(
      .protectionNone, mask: mask, match: match,
      offset: granule.sizeBits...(output == .lpa2 ? 49 : 47))
  }
}
