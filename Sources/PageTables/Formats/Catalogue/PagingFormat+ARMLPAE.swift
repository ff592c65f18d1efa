// ARM LPAE (long descriptors, AArch32): Arm ARM (DDI 0406C), B3.6; Linux: arch/arm/include/asm/pgtable-3level.h
// and pgtable-3level-hwdef.h.
//
//   63 NS  62..61 AP  60 XN  59 PXN of a table   58..55 soft  54 XN  53 PXN  52 contiguous
//   39..12 address   11 nG  10 AF  9..8 SH  7..6 AP[2:1]  5 NS  4..2 AttrIndx  1 table or page  0 valid

extension PagingFormat {
  /// ARM LPAE with one root over 4 GiB (T0SZ = T1SZ = 0).
  public static var armLPAE: PagingFormat { armLPAE(lowerSize: 0, upperSize: 0) }

  /// ARM LPAE: 3 levels; 4 KiB, 2 MiB and 1 GiB pages, 40-bit physical addresses.
  ///
  /// A clear access flag leaves an entry a leaf: the table still finds the page, and the processor only
  /// faults at its first use.
  ///
  /// - Parameters:
  ///   - lowerSize: TTBCR.T0SZ, 0 to 7: TTBR0 serves the lowest 2^(32 - T0SZ) bytes.
  ///   - upperSize: TTBCR.T1SZ, 0 to 7: TTBR1 serves the highest 2^(32 - T1SZ) bytes; 0 leaves it the rest
  ///     of the space, if T0SZ leaves one. Linux with 3 GiB for users has T0SZ 0 and T1SZ 2, and TTBR1 then
  ///     names a table of the second level. Larger values are taken modulo 8, as the register has them.
  public static func armLPAE(lowerSize: UInt8, upperSize: UInt8) -> PagingFormat {
    let lower = lowerSize & 7
    let upper = upperSize & 7
    var format = PagingFormat(
      name: "arm-lpae", summary: "ARM LPAE, 3 levels; 4 KiB, 2 MiB and 1 GiB pages",
      levels: [
        Level(
          name: "pgd", architectureName: "L1", foldedNames: "p4d pud", shift: 30, indexBits: 2,
          rules: armLPAEUpperRules("1 GiB block", sizeBits: 30)),
        Level(
          name: "pmd", architectureName: "L2", shift: 21, indexBits: 9,
          rules: armLPAEUpperRules("2 MiB block", sizeBits: 21)),
        Level(
          name: "pte", architectureName: "L3", shift: 12, indexBits: 9,
          rules: [
            armLPAEInvalid,
            EntryRule(
              .leaf, mask: 0x3, match: 0x3, name: "4 KiB page", sizeBits: 12, address: .inPlace(12...39),
              reserved: armLPAEReserved, accessTable: 1, fieldTable: 1),
            EntryRule(.invalid, mask: 0x3, match: 0x1, name: "block at the last level"),
          ]),
      ],
      regions: [armLPAERegion(0...0xffff_ffff, size: 0, root: .lower)],
      accessTables: [
        AccessTable([
          .whenSet(bit: 59, denies: .kernelExecute), .whenSet(bit: 60, denies: .execute),
          .whenSet(bit: 61, denies: .user), .whenSet(bit: 62, denies: .write),
        ]),
        // What may not be read may not be executed, so AP[1] clear denies the user everything.
        AccessTable([
          .whenClear(bit: 6, denies: .user), .whenSet(bit: 7, denies: .write),
          .whenSet(bit: 53, denies: .kernelExecute), .whenSet(bit: 54, denies: .execute),
        ]),
      ],
      fieldTables: [armLPAETableFields, armLPAEPageFields],
      notPresent: .armLPAE, rootRegister: .inPlace(5...39), addressBits: 32)
    let end: UInt64 = 1 &<< 32
    // TTBR0 ends where its own size ends or, if that is everything, where TTBR1 begins.
    let upperFirst = upper > 0 ? end &- (end &>> UInt64(upper)) : end &>> UInt64(lower)
    let lowerEnd = lower > 0 ? end &>> UInt64(lower) : upper > 0 ? upperFirst : end
    format.regions[0] = armLPAERegion(0...lowerEnd &- 1, size: lower, root: .lower)
    if upper > 0 || lower > 0 {
      format.regions.append(armLPAERegion(upperFirst...end &- 1, size: upper, root: .upper))
    }
    return format
  }

  /// A size of 2 or more starts at the second level: 30 bits or fewer need no first.
  private static func armLPAERegion(
    _ range: ClosedRange<UInt64>, size: UInt8, root: Region.Root
  ) -> Region {
    Region(
      range, root: root, firstDepth: size >= 2 ? 1 : 0, firstIndexBits: size >= 2 ? 11 &- size : 2 &- size)
  }

  /// Bits 47:40 of an address must be zero; Armv8 in AArch32 answers them with an address size fault.
  private static var armLPAEReserved: UInt64 { 0xff00_0000_0000 }

  private static var armLPAEInvalid: EntryRule {
    EntryRule(.absent, mask: 0x1, match: 0x0, name: "invalid")
  }

  private static func armLPAEUpperRules(
    _ name: StaticString, sizeBits: UInt8
  ) -> InlineArray<3, EntryRule> {
    [
      armLPAEInvalid,
      EntryRule(
        .table, mask: 0x3, match: 0x3, name: "table", address: .inPlace(12...39),
        reserved: armLPAEReserved, accessTable: 0, fieldTable: 0),
      EntryRule(
        .leaf, mask: 0x3, match: 0x1, name: name, sizeBits: sizeBits, address: .inPlace(sizeBits...39),
        reserved: armLPAEReserved, accessTable: 1, fieldTable: 1),
    ]
  }

  private static var armLPAETableFields: FieldTable {
    FieldTable([
      .flag("valid", bit: 0, .present), .flag("table", bit: 1), .flag("PXNTable", bit: 59, .executable),
      .flag("XNTable", bit: 60, .executable), .field("APTable", bits: 61...62, .user),
      .flag("NSTable", bit: 63),
    ])
  }

  private static var armLPAEPageFields: FieldTable {
    FieldTable([
      .flag("valid", bit: 0, .present), .flag("page", bit: 1, .leaf),
      .field("AttrIndx", bits: 2...4, .memoryType), .flag("NS", bit: 5), .flag("user", bit: 6, .user),
      .flag("read-only", bit: 7, .writable), .field("SH", bits: 8...9, .memoryType),
      .flag("AF", bit: 10, .accessed), .flag("nG", bit: 11, .global), .flag("contiguous", bit: 52),
      .flag("PXN", bit: 53, .executable), .flag("XN", bit: 54, .executable),
      .flag("dirty", bit: 55, .dirty), .flag("special", bit: 56, .software),
      .flag("none", bit: 57, .software), .flag("read-only-software", bit: 58, .software),
    ])
  }
}
