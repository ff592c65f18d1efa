// Alpha with OSF/1 PALcode: Alpha Architecture Reference Manual, II-B (OSF/1 memory management); Linux:
// arch/alpha/include/asm/pgtable.h.
//
//   63..32 PFN   18 accessed  17 dirty   13 UWE  12 KWE   9 URE  8 KRE   6..5 GH  4 ASM  3 FOE  2 FOW  1 FOR  0 V

extension PagingFormat {
  /// Alpha: 3 levels, 8 KiB pages, 43-bit virtual addresses.
  ///
  /// The linear map (KSEG, from 0xfffffc0000000000 on) is the processor's own and not in the tables: a walk
  /// there finds no entry. Linux has no bits of the hardware for *young* and *dirty*: an old page lacks KRE
  /// and URE, a clean one KWE and UWE, and the fault sets them; what may not be written has FOW.
  public static var alpha: PagingFormat {
    PagingFormat(
      name: "alpha", summary: "Alpha, 3 levels, 43-bit addresses; 8 KiB pages",
      levels: [
        Level(
          name: "pgd", architectureName: "L1", foldedNames: "p4d pud", shift: 33, indexBits: 10,
          rules: alphaTableRules("level 2 table")),
        Level(
          name: "pmd", architectureName: "L2", shift: 23, indexBits: 10,
          rules: alphaTableRules("level 3 table")),
        Level(
          name: "pte", architectureName: "L3", shift: 13, indexBits: 10,
          rules: [
            alphaAbsent,
            EntryRule(
              .leaf, mask: 0x1, match: 0x1, name: "8 KiB page", sizeBits: 13, address: alphaAddress,
              accessTable: 0, fieldTable: 1),
          ]),
      ],
      regions: [
        Region(0...0x3ff_ffff_ffff, firstIndexBits: 10),
        Region(0xffff_fc00_0000_0000...0xffff_ffff_ffff_ffff, firstIndexBits: 10),
      ],
      accessTables: [
        // Fetching needs the read enable, too.
        AccessTable([
          .whenSet(bit: 1, denies: .read), .whenSet(bit: 2, denies: .write),
          .whenSet(bit: 3, denies: .execute),
          .whenClear(bit: 8, denies: .kernelRead.union(.kernelExecute)),
          .whenClear(bit: 9, denies: .userRead.union(.userExecute)),
          .whenClear(bit: 12, denies: .kernelWrite), .whenClear(bit: 13, denies: .userWrite),
        ])
      ],
      fieldTables: [alphaTableFields, alphaPageFields],
      notPresent: .alpha, rootRegister: AddressLayout(.init(bits: 0...31, to: 13)), pageSizeBits: 13)
  }

  private static var alphaAbsent: EntryRule { EntryRule(.absent, mask: 0x1, match: 0x0, name: "invalid") }

  private static var alphaAddress: AddressLayout { AddressLayout(.init(bits: 32...63, to: 13)) }

  /// PALcode looks only at V and the PFN of upper entries; their other bits restrict nothing.
  private static func alphaTableRules(_ name: StaticString) -> InlineArray<2, EntryRule> {
    [
      alphaAbsent,
      EntryRule(.table, mask: 0x1, match: 0x1, name: name, address: alphaAddress, fieldTable: 0),
    ]
  }

  private static var alphaTableFields: FieldTable {
    FieldTable([
      .flag("V", bit: 0, .present), .flag("KRE", bit: 8), .flag("URE", bit: 9, .user),
      .flag("KWE", bit: 12, .writable), .flag("UWE", bit: 13, .writable),
      .flag("dirty", bit: 17, .software), .flag("accessed", bit: 18, .software),
    ])
  }

  private static var alphaPageFields: FieldTable {
    FieldTable([
      .flag("V", bit: 0, .present), .flag("FOR", bit: 1), .flag("FOW", bit: 2, .writable),
      .flag("FOE", bit: 3, .executable), .flag("ASM", bit: 4, .global), .field("GH", bits: 5...6),
      .flag("KRE", bit: 8), .flag("URE", bit: 9, .user), .flag("KWE", bit: 12, .writable),
      .flag("UWE", bit: 13, .writable), .flag("dirty", bit: 17, .dirty),
      .flag("accessed", bit: 18, .accessed),
    ])
  }
}
