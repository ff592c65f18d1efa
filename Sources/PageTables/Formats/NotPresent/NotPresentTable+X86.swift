// Linux's not-present entries on x86: arch/x86/include/asm/pgtable_64.h, pgtable-3level.h, pgtable-2level.h,
// pgtable-invert.h; the special types: include/linux/swap.h.

extension NotPresentTable {
  /// x86-64 and PAE, Linux 5.19 and later: type in bits 63:59, offset in 58:9 inverted, PROT_NONE in bit 8
  /// with the frame number inverted.
  public static var x86: NotPresentTable {
    NotPresentTable(
      era: "Linux 5.19 and later, x86-64 and PAE, with DEVICE_PRIVATE and MEMORY_FAILURE",
      rules: [
        Rule(.protectionNone, mask: 0x101, match: 0x100, offset: 12...51, inverted: true),
        Rule(.guard, type: 59...63, types: 31...31, offset: 9...58, inverted: true, offsetBits: 4),
        Rule(.hardwarePoison, type: 59...63, types: 31...31, offset: 9...58, inverted: true, offsetBits: 2),
        Rule(.marker, type: 59...63, types: 31...31, offset: 9...58, inverted: true),
        Rule(.device, type: 59...63, types: 27...30, offset: 9...58, inverted: true),
        Rule(.migration, type: 59...63, types: 24...26, offset: 9...58, inverted: true),
        Rule(.hardwarePoison, type: 59...63, types: 23...23, offset: 9...58, inverted: true),
        Rule(.swap, type: 59...63, types: 0...22, offset: 9...58, inverted: true),
      ])
  }

  /// i386 without PAE: type in bits 5:1, offset from bit 9; PROT_NONE in bit 8, frame number plain.
  public static var i386: NotPresentTable {
    NotPresentTable(
      era: "Linux 5.19 and later, i386 without PAE",
      rules: [
        Rule(.protectionNone, mask: 0x101, match: 0x100, offset: 12...31),
        Rule(.guard, type: 1...5, types: 31...31, offset: 9...31, offsetBits: 4),
        Rule(.hardwarePoison, type: 1...5, types: 31...31, offset: 9...31, offsetBits: 2),
        Rule(.marker, type: 1...5, types: 31...31, offset: 9...31),
        Rule(.migration, type: 1...5, types: 28...30, offset: 9...31),
        Rule(.swap, type: 1...5, types: 0...27, offset: 9...31),
      ])
  }
}
