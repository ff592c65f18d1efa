// LoongArch, LA64: LoongArch Reference Manual, volume 1, 5.4 (page table mapping) and 7.5 (PGDL, PGDH, PWCL, PWCH);
// Linux: arch/loongarch/include/asm/pgtable.h, pgtable-bits.h and arch/loongarch/mm/tlb.c.
//
//   page       63 RPLV  62 NX  61 NR          47..12 PPN        8 W  7 P  6 G  5..4 MAT  3..2 PLV  1 D  0 V
//   huge page  63 RPLV  62 NX  61 NR  47..21 PPN        12 G    8 W  7 P  6 H  5..4 MAT  3..2 PLV  1 D  0 V
//   directory                                 47..12 table               6 0
//
// A directory's entry has no valid bit. It names a table unless H is set.

extension PagingFormat {
  /// LoongArch with 4 KiB pages: 4 levels, 48-bit virtual addresses.
  public static var loongarch4K: PagingFormat {
    loongarch(
      name: "loongarch-4k", summary: "LoongArch, 4 levels; 4 KiB to 512 GiB pages", pageSizeBits: 12,
      levelCount: 4)
  }

  /// LoongArch with 16 KiB pages, as most distributions build Linux: 3 levels, 47 bits each half.
  public static var loongarch16K: PagingFormat {
    loongarch(
      name: "loongarch-16k", summary: "LoongArch, 3 levels; 16 KiB to 64 GiB pages", pageSizeBits: 14,
      levelCount: 3)
  }

  /// A processor of 48 virtual (VALEN) and 48 physical address bits (PALEN), as the 3A5000 and 3A6000.
  ///
  /// Direct mapped windows (DMW0 to DMW3) are registers and not in the tables: a walk there is not canonical.
  /// Rights are those of a TLB that software fills: V and D decide. A hardware walker (PWCH.HPTW_En) would look
  /// at P and W and set V and D itself. Which sizes of huge pages there are is PRCFG2; all are taken.
  private static func loongarch(
    name: StaticString, summary: StaticString, pageSizeBits: UInt8, levelCount: UInt8
  ) -> PagingFormat {
    var levels = FixedList<6, Level>()
    var height = levelCount &- 1
    while height > 0 {
      levels.append(loongarchDirectory(height, of: levelCount, pageSizeBits: pageSizeBits))
      height &-= 1
    }
    let is4K = pageSizeBits == 12
    levels.append(
      Level(
        name: "pte", architectureName: "PT", shift: pageSizeBits, indexBits: pageSizeBits &- 3,
        rules: [
          EntryRule(.absent, mask: 0x1, match: 0x0, name: "not valid"),
          EntryRule(
            .leaf, mask: 0x1, match: 0x1, name: is4K ? "4 KiB page" : "16 KiB page", sizeBits: pageSizeBits,
            address: .inPlace(pageSizeBits...47), accessTable: 0, fieldTable: 0),
        ]))
    return PagingFormat(
      name: name, summary: summary, levels: levels,
      regions: [
        Region(0...0x7fff_ffff_ffff, root: .lower, firstIndexBits: pageSizeBits &- 3),
        Region(
          0xffff_8000_0000_0000...0xffff_ffff_ffff_ffff, root: .upper, firstIndexBits: pageSizeBits &- 3),
      ],
      accessTables: [loongarchAccess],
      fieldTables: [loongarchPageFields, loongarchHugePageFields, FieldTable([.flag("H", bit: 6, .leaf)])],
      notPresent: .loongarch(pageSizeBits: pageSizeBits), rootRegister: .inPlace(pageSizeBits...47),
      pageSizeBits: pageSizeBits)
  }

  private static func loongarchDirectory(
    _ height: UInt8, of levelCount: UInt8, pageSizeBits: UInt8
  ) -> Level {
    let indexBits = pageSizeBits &- 3
    let shift = pageSizeBits &+ height &* indexBits
    let name: StaticString =
      switch shift {
      case 21: "2 MiB page"
      case 25: "32 MiB page"
      case 30: "1 GiB page"
      case 36: "64 GiB page"
      default: "512 GiB page"
      }
    // Linux writes a directory's address as it stands in its linear map; the processor drops what is above bit 47.
    let table = AddressLayout.inPlace(pageSizeBits...47)
    let isTop = height &+ 1 == levelCount
    return Level(
      name: linuxName(height: height, of: levelCount),
      // Linux sets its top level up as Dir3, however many there are.
      architectureName: isTop ? "Dir3" : height == 1 ? "Dir1" : "Dir2",
      foldedNames: isTop ? linuxFoldedNames(levelCount: levelCount) : "", shift: shift, indexBits: indexBits,
      rules: [
        // The processor would go on at physical address 0, where no kernel has a table.
        EntryRule(.absent, mask: .max, match: 0, name: "no table"),
        EntryRule(.table, mask: 0x40, match: 0x0, name: "directory", address: table, fieldTable: 2),
        EntryRule(.absent, mask: 0x41, match: 0x40, name: "huge page, not valid"),
        EntryRule(
          .leaf, mask: 0x41, match: 0x41, name: name, sizeBits: shift, address: .inPlace(shift...47),
          accessTable: 0, fieldTable: 1),
      ])
  }

  /// The kernel is privilege level 0, user mode 3. A page is for its level and the more privileged ones; with
  /// RPLV for its level alone.
  private static var loongarchAccess: AccessTable {
    AccessTable([
      .whenClear(bit: 1, denies: .write), .whenSet(bit: 61, denies: .read),
      .whenSet(bit: 62, denies: .execute),
      AccessRule(mask: 0xc, match: 0x0, denies: .user), AccessRule(mask: 0xc, match: 0x4, denies: .user),
      AccessRule(mask: 0xc, match: 0x8, denies: .user),
      AccessRule(mask: 1 &<< 63 | 0x4, match: 1 &<< 63 | 0x4, denies: .kernel),
      AccessRule(mask: 1 &<< 63 | 0x8, match: 1 &<< 63 | 0x8, denies: .kernel),
    ])
  }

  // D is what the processor asks before it writes. Linux clears it in clean pages, and keeps dirty in bit 9.
  private static var loongarchPageFields: FieldTable {
    FieldTable([
      .flag("V", bit: 0, .present), .flag("D", bit: 1, .writable), .field("PLV", bits: 2...3, .user),
      .field("MAT", bits: 4...5, .memoryType), .flag("G", bit: 6, .global), .flag("P", bit: 7, .software),
      .flag("W", bit: 8, .software), .flag("modified", bit: 9, .dirty),
      .flag("protnone", bit: 10, .software), .flag("special", bit: 11, .software),
      .flag("devmap", bit: 59, .software), .flag("NR", bit: 61), .flag("NX", bit: 62, .executable),
      .flag("RPLV", bit: 63, .user),
    ])
  }

  private static var loongarchHugePageFields: FieldTable {
    FieldTable([
      .flag("V", bit: 0, .present), .flag("D", bit: 1, .writable), .field("PLV", bits: 2...3, .user),
      .field("MAT", bits: 4...5, .memoryType), .flag("H", bit: 6, .leaf), .flag("P", bit: 7, .software),
      .flag("W", bit: 8, .software), .flag("modified", bit: 9, .dirty),
      .flag("protnone", bit: 10, .software), .flag("special", bit: 11, .software),
      .flag("G", bit: 12, .global), .flag("devmap", bit: 59, .software),
      .flag("present-invalid", bit: 60, .software), .flag("NR", bit: 61),
      .flag("NX", bit: 62, .executable), .flag("RPLV", bit: 63, .user),
    ])
  }
}
