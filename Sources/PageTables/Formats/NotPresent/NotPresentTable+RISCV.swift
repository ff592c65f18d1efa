// Linux's not-present entries on RISC-V: arch/riscv/include/asm/pgtable.h, pgtable-bits.h and sparsemem.h.
// Taken as without CONFIG_MEMORY_FAILURE and CONFIG_DEVICE_PRIVATE.

extension NotPresentTable {
  /// RV64, Linux 6.3 and later: exclusive marker in bit 6, type in bits 11:7, offset from bit 12; PROT_NONE is the
  /// global bit 5 of an entry that is not valid.
  public static var riscv64: NotPresentTable {
    riscv64(
      since: KernelRelease(6, 3), era: "Linux 6.3 and later, RV64", type: 7...11,
      special: .linux6v2.migrationOnly)
  }

  /// RV32, Linux 6.3 and later: as RV64, in 32 bits.
  public static var riscv32: NotPresentTable {
    riscv32(
      since: KernelRelease(6, 3), era: "Linux 6.3 and later, RV32", type: 7...11,
      special: .linux6v2.migrationOnly)
  }

  /// RV64; the offset follows the type. A frame number has 44 bits.
  public static func riscv64(
    since: KernelRelease, era: StaticString, type: ClosedRange<UInt8>, special: SpecialSwapTypes,
    protectionNoneBit: UInt8 = 5
  ) -> NotPresentTable {
    let bit: UInt64 = 1 &<< UInt64(protectionNoneBit)
    return NotPresentTable(
      since: since, era: era, type: type, offset: type.upperBound &+ 1...63,
      frame: type.upperBound &+ 1...type.upperBound &+ 44, special: special,
      protectionNone: Rule(.protectionNone, mask: bit | 0x1, match: bit, offset: 10...53))
  }

  /// RV32; the offset follows the type.
  public static func riscv32(
    since: KernelRelease, era: StaticString, type: ClosedRange<UInt8>, special: SpecialSwapTypes,
    protectionNoneBit: UInt8 = 5
  ) -> NotPresentTable {
    let bit: UInt64 = 1 &<< UInt64(protectionNoneBit)
    return NotPresentTable(
      since: since, era: era, type: type, offset: type.upperBound &+ 1...31,
      frame: type.upperBound &+ 1...(min(31, type.upperBound &+ 20)), special: special,
      protectionNone: Rule(.protectionNone, mask: bit | 0x1, match: bit, offset: 10...31))
  }
}
