// Linux's not-present entries on LoongArch: arch/loongarch/include/asm/pgtable.h and pgtable-bits.h. LoongArch has no
// CONFIG_MEMORY_FAILURE; taken as without CONFIG_DEVICE_PRIVATE.

extension NotPresentTable {
  /// LoongArch, Linux 6.3 and later: type in bits 22:16, exclusive marker in bit 23, offset from bit 24.
  public static func loongarch(pageSizeBits: UInt8) -> NotPresentTable {
    loongarch(
      since: KernelRelease(6, 3), era: "Linux 6.3 and later, LoongArch", pageSizeBits: pageSizeBits,
      type: 16...22, special: .linux6v2.migrationOnly)
  }

  /// LoongArch. V is Linux's accessed bit; whether there is a page bit 7 or, for PROT_NONE, bit 10 says.
  public static func loongarch(
    since: KernelRelease, era: StaticString, pageSizeBits: UInt8, type: ClosedRange<UInt8>,
    special: SpecialSwapTypes
  ) -> NotPresentTable {
    var table = NotPresentTable(
      since: since, era: era,
      rules: [
        // Half of a pair whose other half is global (set_pte()).
        Rule(.none, mask: .max, match: 0x40),
        Rule(.protectionNone, mask: 0x401, match: 0x400, offset: pageSizeBits...47),
        Rule(.old, mask: 0x81, match: 0x80, offset: pageSizeBits...47),
        // A huge page that is being split or changed (pmd_mkinvalid()); a swap entry has no memory type.
        Rule(.unknown, mask: 0x50, match: 0x50),
      ])
    let swap = NotPresentTable(
      since: since, era: era, type: type, offset: 24...63, frame: 24...71 &- pageSizeBits,
      special: special, protectionNone: nil)
    var index = 0
    while index < swap.rules.count {
      table.rules.append(swap.rules[index])
      index &+= 1
    }
    return table
  }
}

#if !hasFeature(Embedded)
  extension NotPresentTable {
    static func loongarchEras(pageSizeBits: UInt8) -> [NotPresentTable] {
      [
        .loongarch(pageSizeBits: pageSizeBits),
        loongarch(
          since: KernelRelease(6, 2), era: "Linux 6.2, LoongArch", pageSizeBits: pageSizeBits,
          type: 16...23, special: .linux6v2.migrationOnly),
        loongarch(
          since: KernelRelease(5, 19), era: "Linux 5.19 to 6.1, LoongArch", pageSizeBits: pageSizeBits,
          type: 16...23, special: .linux5v19.withoutMarkers.migrationOnly),
      ]
    }
  }
#endif
