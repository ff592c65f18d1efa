import PageTables

// Example-1, a 32-bit machine that does not exist: Example-1 Manual, chapter 4.
//
//   31..12 frame   11..7 for software   6 D  5 A  4 NX  3 U  2 W  1 L  0 V

extension PagingFormat {
  /// Example-1: 2 levels, big-endian; 4 KiB and 4 MiB pages.
  static var exampleOne: PagingFormat {
    PagingFormat(
      name: "example-1", summary: "Example-1, 2 levels; 4 KiB and 4 MiB pages",
      levels: [
        Level(
          name: "pgd", architectureName: "directory", foldedNames: "p4d pud pmd", shift: 22, indexBits: 10,
          entryByteCount: 4,
          rules: [
            exampleAbsent,
            EntryRule(
              .leaf, mask: 0x3, match: 0x3, name: "4 MiB page", sizeBits: 22, address: .inPlace(22...31),
              reserved: 0x003f_f000, accessTable: 0, fieldTable: 1),
            EntryRule(
              .table, mask: 0x3, match: 0x1, name: "page table", address: .inPlace(12...31),
              reserved: 0x7c, fieldTable: 0),
          ]),
        Level(
          name: "pte", architectureName: "page table", shift: 12, indexBits: 10, entryByteCount: 4,
          rules: [
            exampleAbsent,
            EntryRule(.invalid, mask: 0x3, match: 0x3, name: "L in a page table"),
            EntryRule(
              .leaf, mask: 0x1, match: 0x1, name: "4 KiB page", sizeBits: 12, address: .inPlace(12...31),
              accessTable: 0, fieldTable: 1),
          ]),
      ],
      regions: [Region(0...0xffff_ffff, firstIndexBits: 10)],
      accessTables: [
        AccessTable([
          .whenClear(bit: 2, denies: .write), .whenClear(bit: 3, denies: .user),
          .whenSet(bit: 4, denies: .execute),
        ])
      ],
      fieldTables: [
        FieldTable([.flag("V", bit: 0, .present), .field("software", bits: 7...11, .software)]),
        FieldTable([
          .flag("V", bit: 0, .present), .flag("L", bit: 1, .leaf), .flag("W", bit: 2, .writable),
          .flag("U", bit: 3, .user), .flag("NX", bit: 4, .executable), .flag("A", bit: 5, .accessed),
          .flag("D", bit: 6, .dirty), .field("software", bits: 7...11, .software),
        ]),
      ],
      // arch/example/include/asm/pgtable.h: type in bits 5:1, offset from bit 8, PROT_NONE is bit 7.
      notPresent: NotPresentTable(
        since: KernelRelease(6, 3), era: "Linux 6.3 and later, Example-1",
        rules: [
          .init(.protectionNone, mask: 0x81, match: 0x80, offset: 12...31),
          .init(.migration, type: 1...5, types: 29...31, offset: 8...31),
          .init(.swap, type: 1...5, types: 0...28, offset: 8...31),
        ]),
      rootRegister: .inPlace(12...31), addressBits: 32, byteOrder: .big)
  }

  private static var exampleAbsent: EntryRule { EntryRule(.absent, mask: 0x1, match: 0x0, name: "not valid") }
}
