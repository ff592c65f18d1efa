// Linux's not-present entries on 32-bit ARM: arch/arm/include/asm/pgtable.h, pgtable-2level.h and
// pgtable-3level.h. ARM has neither CONFIG_MEMORY_FAILURE nor CONFIG_DEVICE_PRIVATE. On short descriptors
// these are Linux's own entries; the hardware's beside them are 0.

extension NotPresentTable {
  /// Short descriptors, Linux 6.3 and later: type in bits 6:2, exclusive marker in bit 7, offset from bit 8.
  public static var arm: NotPresentTable {
    arm(
      since: KernelRelease(6, 3), era: "Linux 6.3 and later, ARM short descriptors", type: 2...6,
      offset: 8...31,
      special: .linux6v2.migrationOnly)
  }

  /// LPAE, Linux 6.3 and later: as short descriptors, with PROT_NONE of its own.
  public static var armLPAE: NotPresentTable {
    armLPAE(
      since: KernelRelease(6, 3), era: "Linux 6.3 and later, ARM LPAE", type: 2...6, offset: 8...31,
      special: .linux6v2.migrationOnly)
  }

  /// Short descriptors: PROT_NONE is bit 11 beside the present bit, since Linux 3.8.
  public static func arm(
    since: KernelRelease, era: StaticString, type: ClosedRange<UInt8>, offset: ClosedRange<UInt8>,
    special: SpecialSwapTypes,
    hasNone: Bool = true
  ) -> NotPresentTable {
    NotPresentTable(
      since: since, era: era, type: type, offset: offset,
      frame: offset.lowerBound...(min(31, offset.lowerBound &+ 19)),
      special: special,
      protectionNone: hasNone ? Rule(.protectionNone, mask: 0x801, match: 0x801, offset: 12...31) : nil)
  }

  /// LPAE: PROT_NONE is bit 57; the hardware's valid bit is clear, and bit 1 is kept.
  public static func armLPAE(
    since: KernelRelease, era: StaticString, type: ClosedRange<UInt8>, offset: ClosedRange<UInt8>,
    special: SpecialSwapTypes
  ) -> NotPresentTable {
    NotPresentTable(
      since: since, era: era, type: type, offset: offset, frame: offset, special: special,
      protectionNone: Rule(
        .protectionNone, mask: 1 &<< 57 | 0x3, match: 1 &<< 57 | 0x2, offset: 12...39))
  }
}
