// Linux's not-present entries on Alpha: arch/alpha/include/asm/pgtable.h. PROT_NONE is a valid entry with all
// three fault bits there, and so no state of its own.

extension NotPresentTable {
  /// Alpha, Linux 6.3 and later: type in bits 38:32, exclusive marker in bit 39, offset from bit 40.
  public static var alpha: NotPresentTable {
    alpha(
      since: KernelRelease(6, 3), era: "Linux 6.3 and later, Alpha", type: 32...38,
      special: .linux6v2.migrationOnly)
  }

  /// Alpha: the offset is 24 bits.
  public static func alpha(
    since: KernelRelease, era: StaticString, type: ClosedRange<UInt8>, special: SpecialSwapTypes
  ) -> NotPresentTable {
    NotPresentTable(
      since: since, era: era, type: type, offset: 40...63, frame: 40...63, special: special,
      protectionNone: nil)
  }
}
