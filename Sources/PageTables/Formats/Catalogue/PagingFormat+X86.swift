// x86: Intel SDM volume 3A, chapter 5 (paging); AMD APM volume 2, chapter 5. Linux's software bits:
// arch/x86/include/asm/pgtable_types.h.
//
//   63  62..59  58..52  51..12 frame   11..9  8  7        6  5  4    3    2    1   0
//   NX  pkey    soft    address        soft   G  PAT/PS   D  A  PCD  PWT  U/S  R/W P

extension PagingFormat {
  /// IA-32 without PAE: 4 KiB and 4 MiB pages, PSE-36 for 40-bit physical addresses.
  public static var x86: PagingFormat {
    PagingFormat(
      name: "x86", summary: "IA-32, 2 levels, 4 KiB and 4 MiB pages (PSE, PSE-36)",
      levels: [
        Level(
          name: "pgd", architectureName: "PD", foldedNames: "p4d pud pmd", shift: 22, indexBits: 10,
          entryByteCount: 4,
          rules: [
            x86Absent,
            // PSE-36: entry bits 20:13 are address bits 39:32; bit 21 is reserved.
            EntryRule(
              .leaf, mask: 0x81, match: 0x81, name: "4 MiB page", sizeBits: 22,
              address: AddressLayout(.init(bits: 22...31, to: 22), .init(bits: 13...20, to: 32)),
              reserved: 1 << 21, accessTable: 0, fieldTable: 2),
            EntryRule(
              .table, mask: 0x81, match: 0x01, name: "page table", address: .inPlace(12...31), accessTable: 0,
              fieldTable: 0),
          ]),
        Level(
          name: "pte", architectureName: "PT", shift: 12, indexBits: 10, entryByteCount: 4,
          rules: [
            x86Absent,
            EntryRule(
              .leaf, mask: 0x1, match: 0x1, name: "4 KiB page", sizeBits: 12, address: .inPlace(12...31),
              accessTable: 0, fieldTable: 1),
          ]),
      ],
      regions: [Region(0...0xffff_ffff, firstIndexBits: 10)],
      accessTables: [x86AccessWithoutNX],
      fieldTables: [
        x86TableFields.below(bit: 32), x86PageFields.below(bit: 32), x86LargeFields.below(bit: 32),
      ],
      notPresent: .i386, rootRegister: .inPlace(12...31), addressBits: 32)
  }

  /// IA-32 with PAE: 3 levels, 4 KiB and 2 MiB pages, 52-bit physical addresses. The root table is 32
  /// bytes and only 32-byte aligned.
  public static var x86PAE: PagingFormat {
    PagingFormat(
      name: "x86-pae", summary: "IA-32 with PAE, 3 levels, 4 KiB and 2 MiB pages",
      levels: [
        Level(
          name: "pgd", architectureName: "PDPT", foldedNames: "p4d pud", shift: 30, indexBits: 2,
          rules: [
            x86Absent,
            // No rights at this level: bits 2:1, 8:6 and 63:52 are reserved. Bit 5 is, too, but QEMU's
            // processor sets it as "accessed" and reads it back without complaint.
            EntryRule(
              .table, mask: 0x1, match: 0x1, name: "page directory", address: .inPlace(12...51),
              reserved: 0xfff0_0000_0000_01c6, fieldTable: 3),
          ]),
        Level(
          name: "pmd", architectureName: "PD", shift: 21, indexBits: 9,
          rules: x86DirectoryRules(reserved: x86PAEReserved)),
        Level(
          name: "pte", architectureName: "PT", shift: 12, indexBits: 9,
          rules: x86PageRules(reserved: x86PAEReserved)),
      ],
      regions: [Region(0...0xffff_ffff, firstIndexBits: 2)],
      accessTables: [x86Access],
      fieldTables: [
        x86PAEFields(x86TableFields), x86PAEFields(x86PageFields), x86PAEFields(x86LargeFields),
        x86PDPTFields,
      ],
      notPresent: .x86PAE, rootRegister: .inPlace(5...31), addressBits: 32)
  }

  /// x86-64 with 4 levels: 48-bit virtual addresses; 4 KiB, 2 MiB and 1 GiB pages.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  public static var x86_64: PagingFormat {
    PagingFormat(
      name: "x86-64", summary: "x86-64, 4 levels, 48-bit addresses; 4 KiB, 2 MiB and 1 GiB pages",
      levels: [
        Level(
          name: "pgd", architectureName: "PML4", foldedNames: "p4d", shift: 39, indexBits: 9,
          rules: x86UpperRules("page-directory-pointer table")),
        x86PUD, x86PMD, x86PTE,
      ],
      regions: [
        Region(0...0x0000_7fff_ffff_ffff, firstIndexBits: 9),
        Region(0xffff_8000_0000_0000...0xffff_ffff_ffff_ffff, firstIndexBits: 9),
      ],
      accessTables: [x86Access], fieldTables: [x86TableFields, x86PageFields, x86LargeFields],
      notPresent: .x86, rootRegister: .inPlace(12...51))
  }

  /// x86-64 with 5 levels (LA57): 57-bit virtual addresses.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  public static var x86_64LA57: PagingFormat {
    PagingFormat(
      name: "x86-64-la57", summary: "x86-64, 5 levels (LA57), 57-bit addresses",
      levels: [
        Level(
          name: "pgd", architectureName: "PML5", shift: 48, indexBits: 9, rules: x86UpperRules("PML4 table")),
        Level(
          name: "p4d", architectureName: "PML4", shift: 39, indexBits: 9,
          rules: x86UpperRules("page-directory-pointer table")),
        x86PUD, x86PMD, x86PTE,
      ],
      regions: [
        Region(0...0x00ff_ffff_ffff_ffff, firstIndexBits: 9),
        Region(0xff00_0000_0000_0000...0xffff_ffff_ffff_ffff, firstIndexBits: 9),
      ],
      accessTables: [x86Access], fieldTables: [x86TableFields, x86PageFields, x86LargeFields],
      notPresent: .x86LA57, rootRegister: .inPlace(12...51))
  }

  // MARK: Shared by the x86 formats

  private static var x86Absent: EntryRule { EntryRule(.absent, mask: 0x1, match: 0x0, name: "not present") }

  // The levels that 4-level and 5-level tables have in common.
  private static var x86PUD: Level {
    Level(name: "pud", architectureName: "PDPT", shift: 30, indexBits: 9, rules: x86PointerRules)
  }
  private static var x86PMD: Level {
    Level(name: "pmd", architectureName: "PD", shift: 21, indexBits: 9, rules: x86DirectoryRules())
  }
  private static var x86PTE: Level {
    Level(name: "pte", architectureName: "PT", shift: 12, indexBits: 9, rules: x86PageRules())
  }

  /// PML5 and PML4: only tables; bit 7 is reserved.
  private static func x86UpperRules(_ name: StaticString) -> InlineArray<2, EntryRule> {
    [
      x86Absent,
      EntryRule(
        .table, mask: 0x1, match: 0x1, name: name, address: .inPlace(12...51), reserved: 0x80, accessTable: 0,
        fieldTable: 0),
    ]
  }

  private static var x86PointerRules: InlineArray<3, EntryRule> {
    [
      x86Absent,
      EntryRule(
        .leaf, mask: 0x81, match: 0x81, name: "1 GiB page", sizeBits: 30, address: .inPlace(30...51),
        reserved: 0x3fff_e000, accessTable: 0, fieldTable: 2),
      EntryRule(
        .table, mask: 0x81, match: 0x01, name: "page directory", address: .inPlace(12...51), accessTable: 0,
        fieldTable: 0),
    ]
  }

  /// In PAE paging bits 62:52 of an entry are reserved; only 4- and 5-level paging leaves them to software.
  private static var x86PAEReserved: UInt64 { 0x7ff0_0000_0000_0000 }

  /// The fields of an entry without those that are reserved in PAE paging.
  private static func x86PAEFields(_ fields: FieldTable) -> FieldTable {
    var table = fields.below(bit: 52)
    table.fields.append(.flag("no-execute", bit: 63, .executable))
    return table
  }

  private static func x86DirectoryRules(reserved: UInt64 = 0) -> InlineArray<3, EntryRule> {
    [
      x86Absent,
      EntryRule(
        .leaf, mask: 0x81, match: 0x81, name: "2 MiB page", sizeBits: 21, address: .inPlace(21...51),
        reserved: 0x1f_e000 | reserved, accessTable: 0, fieldTable: 2),
      EntryRule(
        .table, mask: 0x81, match: 0x01, name: "page table", address: .inPlace(12...51), reserved: reserved,
        accessTable: 0, fieldTable: 0),
    ]
  }

  private static func x86PageRules(reserved: UInt64 = 0) -> InlineArray<2, EntryRule> {
    [
      x86Absent,
      EntryRule(
        .leaf, mask: 0x1, match: 0x1, name: "4 KiB page", sizeBits: 12, address: .inPlace(12...51),
        reserved: reserved, accessTable: 0, fieldTable: 1),
    ]
  }

  private static var x86Access: AccessTable {
    AccessTable([
      .whenClear(bit: 1, denies: .write),
      .whenClear(bit: 2, denies: .user),
      .whenSet(bit: 63, denies: .execute),
    ])
  }

  private static var x86AccessWithoutNX: AccessTable {
    AccessTable([.whenClear(bit: 1, denies: .write), .whenClear(bit: 2, denies: .user)])
  }

  private static var x86PDPTFields: FieldTable {
    FieldTable([
      .flag("present", bit: 0, .present), .flag("PWT", bit: 3, .memoryType),
      .flag("PCD", bit: 4, .memoryType),
      .flag("accessed", bit: 5, .accessed), .field("software", bits: 9...11, .software),
    ])
  }

  private static var x86TableFields: FieldTable {
    FieldTable([
      .flag("present", bit: 0, .present), .flag("writable", bit: 1, .writable), .flag("user", bit: 2, .user),
      .flag("PWT", bit: 3, .memoryType), .flag("PCD", bit: 4, .memoryType),
      .flag("accessed", bit: 5, .accessed), .field("software", bits: 9...11, .software),
      .flag("no-execute", bit: 63, .executable),
    ])
  }

  private static var x86PageFields: FieldTable {
    FieldTable([
      .flag("present", bit: 0, .present), .flag("writable", bit: 1, .writable), .flag("user", bit: 2, .user),
      .flag("PWT", bit: 3, .memoryType), .flag("PCD", bit: 4, .memoryType),
      .flag("accessed", bit: 5, .accessed), .flag("dirty", bit: 6, .dirty), .flag("PAT", bit: 7, .memoryType),
      .flag("global", bit: 8, .global), .flag("special", bit: 9, .software),
      .flag("uffd-wp", bit: 10, .software), .flag("soft-dirty", bit: 11, .software),
      .flag("saved-dirty", bit: 58, .software), .field("protection-key", bits: 59...62),
      .flag("no-execute", bit: 63, .executable),
    ])
  }

  private static var x86LargeFields: FieldTable {
    FieldTable([
      .flag("present", bit: 0, .present), .flag("writable", bit: 1, .writable), .flag("user", bit: 2, .user),
      .flag("PWT", bit: 3, .memoryType), .flag("PCD", bit: 4, .memoryType),
      .flag("accessed", bit: 5, .accessed), .flag("dirty", bit: 6, .dirty), .flag("large", bit: 7, .leaf),
      .flag("global", bit: 8, .global), .flag("special", bit: 9, .software),
      .flag("uffd-wp", bit: 10, .software), .flag("soft-dirty", bit: 11, .software),
      .flag("PAT", bit: 12, .memoryType), .flag("saved-dirty", bit: 58, .software),
      .field("protection-key", bits: 59...62), .flag("no-execute", bit: 63, .executable),
    ])
  }
}
