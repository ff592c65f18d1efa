// Linux's not-present entries on x86: arch/x86/include/asm/pgtable_64.h, pgtable-3level.h, pgtable-2level.h,
// pgtable-invert.h (inversion since 4.18, the L1TF mitigation); the frame's width is MAX_PHYSMEM_BITS of
// sparsemem.h less 12: 46 bits with 4 levels, 52 with 5, 36 with PAE, 32 without.

extension NotPresentTable {
  /// x86-64 with 4 levels, Linux 6.2 to 6.14: type in bits 63:59, offset in 58:9 inverted, PROT_NONE in bit 8
  /// with the frame number inverted.
  public static var x86: NotPresentTable {
    x86(since: KernelRelease(6, 2), era: "Linux 6.2 to 6.14, x86-64", special: .linux6v2)
  }

  /// i386 without PAE, Linux 6.2 and later: type in bits 5:1, offset from bit 9; PROT_NONE in bit 8, frame
  /// number plain.
  public static var i386: NotPresentTable {
    i386(
      since: KernelRelease(6, 2), era: "Linux 6.2 and later, i386 without PAE",
      special: .linux6v2.migrationOnly)
  }

  /// i386 with PAE, Linux 6.2 and later: as x86-64, with frames of 24 bits.
  public static var x86PAE: NotPresentTable {
    x86PAE(
      since: KernelRelease(6, 2), era: "Linux 6.2 and later, i386 with PAE", special: .linux6v2.migrationOnly)
  }

  /// x86-64 with 5 levels, Linux 6.2 to 6.14: as with 4, with frames of 40 bits.
  public static var x86LA57: NotPresentTable {
    x86(
      since: KernelRelease(6, 2), era: "Linux 6.2 to 6.14, x86-64 with 5 levels", frameBits: 40,
      special: .linux6v2)
  }

  /// x86-64 and PAE since Linux 4.18.
  public static func x86(
    since: KernelRelease, era: StaticString, frameBits: UInt8 = 34, special: SpecialSwapTypes
  ) -> NotPresentTable {
    NotPresentTable(
      since: since, era: era, type: 59...63, offset: 9...58, frame: 9...8 &+ frameBits, inverted: true,
      special: special,
      protectionNone: Rule(.protectionNone, mask: 0x101, match: 0x100, offset: 12...51, inverted: true))
  }

  /// i386 with PAE since Linux 4.18. It has no device memory: that needs 64 bits.
  public static func x86PAE(since: KernelRelease, era: StaticString, special: SpecialSwapTypes)
    -> NotPresentTable
  {
    x86(since: since, era: era, frameBits: 24, special: special)
  }

  /// x86-64, Linux 4.6 to 4.17: type in bits 13:9, offset from bit 14, nothing inverted.
  public static func x86BeforeInversion(since: KernelRelease, era: StaticString, special: SpecialSwapTypes)
    -> NotPresentTable
  {
    NotPresentTable(
      since: since, era: era, type: 9...13, offset: 14...63, frame: 14...47, special: special,
      protectionNone: Rule(.protectionNone, mask: 0x101, match: 0x100, offset: 12...51))
  }

  /// i386 without PAE since Linux 3.15, where the bit of nonlinear file mappings went.
  public static func i386(since: KernelRelease, era: StaticString, special: SpecialSwapTypes)
    -> NotPresentTable
  {
    NotPresentTable(
      since: since, era: era, type: 1...5, offset: 9...31, frame: 9...28, special: special,
      protectionNone: Rule(.protectionNone, mask: 0x101, match: 0x100, offset: 12...31))
  }
}
