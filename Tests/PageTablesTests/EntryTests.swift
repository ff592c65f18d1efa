import PageTables
import TestMemory
import Testing

/// Tables as text, an address, and what the hardware makes of it.
struct EntryCase: Sendable, CustomTestStringConvertible {
  let name: String
  var format: PagingFormat
  let address: UInt64
  let tables: String
  let expected: Translation.Outcome
  var root = PageTableRoot(PhysicalAddress(0x1000))

  var testDescription: String { name }

  init(
    _ name: String, _ format: PagingFormat, _ address: UInt64, _ tables: String,
    root: PageTableRoot = PageTableRoot(PhysicalAddress(0x1000)), _ expected: Translation.Outcome
  ) {
    self.name = name
    self.format = format
    self.address = address
    self.tables = tables
    self.root = root
    self.expected = expected
  }

  var answer: Translation {
    get throws {
      let memory = try TextMemory(tables, entryByteCount: Int(format.levels[0].entryByteCount))
      return Walker(format: format, root: root).translate(VirtualAddress(address), in: memory)
    }
  }
}

extension Translation.Outcome {
  static func page(_ physical: UInt64, bits: UInt8, _ access: Access) -> Self {
    .mapped(.init(physical: PhysicalAddress(physical), pageSizeBits: bits, access: access))
  }
}

@Suite("Entries mean what the manuals say")
struct EntryTests {
  @Test(
    "an x86 entry",
    arguments: [
      EntryCase(
        "PSE-36: bits 20:13 are address bits 39:32", .x86, 0x0040_0123, "1004: 00824087",
        .page(0x12_0080_0123, bits: 22, .all)),
      EntryCase(
        "PSE-36: bit 21 is reserved", .x86, 0x0040_0123, "1004: 00a24087",
        .stopped(.reservedBits(0x20_0000))),
      EntryCase(
        "a read-only page of users", .x86, 0x0000_1fff, "1000: 2007\n2004: 0cafe005",
        .page(0x0caf_efff, bits: 12, [.read, .execute])),
      EntryCase(
        "PAE's root is 32 bytes", .x86PAE, 0xc020_0042,
        "1038: 2001 ; the fourth of four\n2008: 80000000e00000e3 ; 2 MiB, no-execute",
        root: PageTableRoot(PhysicalAddress(0x1020)),
        .page(0xe000_0042, bits: 21, [.kernelRead, .kernelWrite])),
      EntryCase(
        "PAE's root entries give no rights", .x86PAE, 0, "1000: 2003", .stopped(.reservedBits(2))),
      EntryCase(
        "a 1 GiB page", .x86_64, 0x4000_1234, "1000: 2067\n2008: c00001e7",
        .page(0xc000_1234, bits: 30, .all)),
      EntryCase(
        "junk below a 2 MiB page's address", .x86_64, 0, "1000: 2067\n2000: 3067\n3000: 2020e7",
        .stopped(.reservedBits(0x2000))),
      EntryCase("a large page at the top", .x86_64, 0, "1000: e7", .stopped(.reservedBits(0x80))),
      EntryCase("an address in the hole", .x86_64, 0x8000_0000_0000, "1000: 2067", .stopped(.nonCanonical)),
      EntryCase(
        "an address that 5 levels have", .x86_64LA57, 0x8000_0000_0000,
        "1000: 2067\n2800: 3067\n3000: 4067\n4000: 5067\n5000: 6067", .page(0x6000, bits: 12, .all)),
      EntryCase(
        "the encryption bit is no address", .x86_64.masking(memoryEncryption: 1 << 47), 0xabc,
        "1000: 800000002067\n2000: 800000003067\n3000: 800000004067\n4000: 800000005067",
        .page(0x5abc, bits: 12, .all)),
      EntryCase(
        "a table that names itself ends at the last level", .x86_64, 0xffff_ffff_ffff_fff8, "1ff8: 1067",
        .page(0x1ff8, bits: 12, .all)),
    ])
  func x86(_ test: EntryCase) throws { #expect(try test.answer.outcome == test.expected) }

  @Test(
    "an ARM short descriptor",
    arguments: [
      EntryCase(
        "supersection: address bits 39:32 are in 23:20 and 8:5", .arm, 0x0123_4567, "1048: 88540d42",
        .page(0xa5_8823_4567, bits: 24, .all)),
      EntryCase(
        "section with PXN and XN", .arm, 0x0012_3456, "1004: 88800c13 ; AP 3, XN, PXN",
        .page(0x8882_3456, bits: 20, [.read, .write])),
      EntryCase(
        "section with PXN", .arm, 0x0012_3456, "1004: 88800c03",
        .page(0x8882_3456, bits: 20, [.read, .write, .userExecute])),
      EntryCase(
        "large page", .arm, 0x0001_2345, "1000: 5401\n5448: 00778031",
        .page(0x0077_2345, bits: 16, [.read, .write])),
      EntryCase(
        "PXN of a page table", .arm, 0x1234, "1000: 5405\n5404: 00777032",
        .page(0x0077_7234, bits: 12, [.read, .write, .userExecute])),
      EntryCase(
        "small page with AP 0 allows nothing", .arm, 0x1234, "1000: 5401\n5404: 00777002",
        .page(0x0077_7234, bits: 12, .none)),
      EntryCase(
        "small page of the kernel", .arm, 0x1234, "1000: 5401\n5404: 00777012",
        .page(0x0077_7234, bits: 12, .kernel)),
      EntryCase(
        "small page that users may read", .arm, 0x1234, "1000: 5401\n5404: 00777022",
        .page(0x0077_7234, bits: 12, [.kernel, .userRead, .userExecute])),
      EntryCase(
        "read-only page of the kernel", .arm, 0x1234, "1000: 5401\n5404: 00777212",
        .page(0x0077_7234, bits: 12, [.kernelRead, .kernelExecute])),
      EntryCase(
        "read-only page", .arm, 0x1234, "1000: 5401\n5404: 00777233",
        .page(0x0077_7234, bits: 12, .read)),
      EntryCase(
        "AFE: AP[0] clear is an old page", .arm(split: 0, accessFlag: .accessFlag), 0x1234,
        "1000: 5401\n5404: 00777222", .page(0x0077_7234, bits: 12, [.read, .execute])),
      EntryCase(
        "TTBCR.N 2: the lower quarter has a root of its own", .arm(split: 2), 0x3fff_f234,
        "1ffc: 5401\n57fc: 00777012\n7ffc: 6401",
        root: PageTableRoot(lower: PhysicalAddress(0x1000), upper: PhysicalAddress(0x4000)),
        .page(0x0077_7234, bits: 12, .kernel)),
      EntryCase(
        "TTBCR.N 2: the rest is the other's", .arm(split: 2), 0xffff_f234,
        "1ffc: 5401\n67fc: 00888012\n7ffc: 6401",
        root: PageTableRoot(lower: PhysicalAddress(0x1000), upper: PhysicalAddress(0x4000)),
        .page(0x0088_8234, bits: 12, .kernel)),
    ])
  func arm(_ test: EntryCase) throws { #expect(try test.answer.outcome == test.expected) }

  @Test(
    "an ARM long descriptor",
    arguments: [
      EntryCase(
        "T1SZ 2: the upper gigabyte starts at the second level", .armLPAE(lowerSize: 0, upperSize: 2),
        0xc020_0042, "8008: 40200401",
        root: PageTableRoot(lower: PhysicalAddress(0x1000), upper: PhysicalAddress(0x8000)),
        .page(0x4020_0042, bits: 21, .kernel)),
      EntryCase(
        "a page of 40 bits", .armLPAE, 0x123, "1000: 2003\n2000: 3003\n3000: fe00005443",
        .page(0xfe_0000_5123, bits: 12, .all)),
      EntryCase(
        "bits 47:40 must be zero", .armLPAE, 0, "1000: 10000002003",
        .stopped(.reservedBits(0x100_0000_0000))),
      EntryCase(
        "XN forbids both", .armLPAE, 0x123, "1000: 2003\n2000: 3003\n3000: 40000000005443",
        .page(0x5123, bits: 12, [.read, .write])),
      EntryCase(
        "APTable: read-only and not for users", .armLPAE, 0x123,
        "1000: 6000000000002003\n2000: 3003\n3000: 5443",
        .page(0x5123, bits: 12, [.kernelRead, .kernelExecute])),
      EntryCase(
        "a block at the last level", .armLPAE, 0, "1000: 2003\n2000: 3003\n3000: 5441",
        .stopped(.invalidEntry)),
      EntryCase(
        "a gap between the roots", .armLPAE(lowerSize: 3, upperSize: 1), 0x4000_0000, "1000: 2003",
        .stopped(.nonCanonical)),
    ])
  func armLPAE(_ test: EntryCase) throws { #expect(try test.answer.outcome == test.expected) }

  @Test(
    "a RISC-V entry",
    arguments: [
      EntryCase(
        "Sv32 has 34-bit addresses", .riscvSv32, 0x123, "1000: 801\n2000: fffffccf",
        .page(0x3_ffff_f123, bits: 12, .kernel)),
      EntryCase(
        "Sv32 superpage", .riscvSv32, 0x0040_0123, "1004: ffe000df",
        .page(0x3_ff80_0123 & ~0x3f_ffff | 0x123, bits: 22, [.read, .write, .userExecute])),
      EntryCase(
        "NAPOT: 64 KiB", .riscvSv39, 0x5123, "1000: 801\n2000: c01\n3028: 80000000000220df",
        .page(0x8_5123, bits: 16, [.read, .write, .userExecute])),
      EntryCase(
        "NAPOT of another size", .riscvSv39, 0x5123, "1000: 801\n2000: c01\n3028: 80000000000210df",
        .stopped(.invalidEntry)),
      EntryCase(
        "NAPOT without Svnapot", .riscvSv39(.init(hasNAPOT: false)), 0x5123,
        "1000: 801\n2000: c01\n3028: 80000000000220df", .stopped(.reservedBits(1 << 63))),
      EntryCase(
        "NAPOT of a superpage", .riscvSv39, 0, "1000: 801\n2000: 80000000000000cf",
        .stopped(.reservedBits(1 << 63))),
      EntryCase(
        "uncached memory", .riscvSv39, 0, "1000: 801\n2000: c01\n3000: 20000000000010c7",
        .page(0x4000, bits: 12, [.kernelRead, .kernelWrite])),
      EntryCase(
        "the reserved memory type", .riscvSv39, 0, "1000: 801\n2000: c01\n3000: 60000000000010c7",
        .stopped(.invalidEntry)),
      EntryCase(
        "memory types without Svpbmt", .riscvSv39(.init(hasPBMT: false)), 0,
        "1000: 801\n2000: c01\n3000: 20000000000010c7", .stopped(.reservedBits(1 << 61))),
      EntryCase(
        "a misaligned superpage", .riscvSv39, 0, "1000: 801\n2000: 804cf",
        .stopped(.reservedBits(0x400))),
      EntryCase(
        "writable without readable", .riscvSv39, 0, "1000: 801\n2000: c01\n3000: 10c5",
        .stopped(.invalidEntry)),
      EntryCase(
        "execute-only", .riscvSv39, 0, "1000: 801\n2000: c01\n3000: 1059",
        .page(0x4000, bits: 12, .userExecute)),
      EntryCase(
        "a pointer at the last level", .riscvSv39, 0, "1000: 801\n2000: c01\n3000: 1001",
        .stopped(.invalidEntry)),
      EntryCase("a pointer with D, A, U", .riscvSv39, 0, "1000: 8d1", .stopped(.reservedBits(0xd0))),
      EntryCase(
        "Sv57: a leaf at the top", .riscvSv57, 0x123, "1000: cf", .page(0x123, bits: 48, .kernel)),
      EntryCase("Sv39's hole", .riscvSv39, 1 << 38, "1000: 801", .stopped(.nonCanonical)),
    ])
  func riscv(_ test: EntryCase) throws { #expect(try test.answer.outcome == test.expected) }

  @Test(
    "an Alpha entry",
    arguments: [
      EntryCase(
        "a page that faults on writes", .alpha, 0x1234,
        "2000: 200003301\n4000: 300003301\n6000: 12300003305", root: PageTableRoot(PhysicalAddress(0x2000)),
        .page(0x24_7234, bits: 13, [.read, .execute])),
      EntryCase(
        "an old page lacks the read enables", .alpha, 0x1234,
        "2000: 200003301\n4000: 300003301\n6000: 12300003001", root: PageTableRoot(PhysicalAddress(0x2000)),
        .page(0x24_7234, bits: 13, .write)),
      EntryCase(
        "the kernel's upper half", .alpha, 0xffff_fffe_0000_0000, "3ff8: 200001101\n4000: 0",
        root: PageTableRoot(PhysicalAddress(0x2000)), .stopped(.notPresent(NotPresentState(.none)))),
    ])
  func alpha(_ test: EntryCase) throws { #expect(try test.answer.outcome == test.expected) }

  @Test(
    "a LoongArch entry",
    arguments: [
      EntryCase(
        "addresses of the linear map lead to tables; a page of users", .loongarch4K, 0x1234,
        "1000: 9000000000002000\n2000: 9000000000003000\n3000: 9000000000004000\n4008: 2000fedcba98719f",
        .page(0xfedc_ba98_7234, bits: 12, [.write, .execute])),
      EntryCase(
        "a clean page of the kernel is not writable yet", .loongarch4K, 0x1234,
        "1000: 2000\n2000: 3000\n3000: 4000\n4008: 71d1",
        .page(0x7234, bits: 12, [.kernelRead, .kernelExecute])),
      EntryCase(
        "RPLV: for users alone", .loongarch4K, 0,
        "1000: 2000\n2000: 3000\n3000: 4000\n4000: 800000000000719f",
        .page(0x7000, bits: 12, .user)),
      EntryCase(
        "RPLV of a level that Linux does not use", .loongarch4K, 0,
        "1000: 2000\n2000: 3000\n3000: 4000\n4000: 8000000000007197", .page(0x7000, bits: 12, .none)),
      EntryCase(
        "H: 2 MiB; bit 12 is G, no address", .loongarch4K, 0x12_3456,
        "1000: 2000\n2000: 3000\n3000: 40000000006011d3",
        .page(0x72_3456, bits: 21, [.kernelRead, .kernelWrite])),
      EntryCase(
        "H: 512 GiB", .loongarch4K, 0x12_3456, "1000: 80000000dd",
        .page(0x80_0012_3456, bits: 39, .read.union(.execute))),
      EntryCase(
        "a huge page that is not valid, though present to Linux", .loongarch4K, 0,
        "1000: 2000\n2000: 3000\n3000: 6000dc",
        .stopped(.notPresent(NotPresentState(.old, offset: 0x600)))),
      EntryCase(
        "the upper half's root, the last entry of all", .loongarch4K, 0xffff_ffff_ffff_fabc,
        "8ff8: 2000\n2ff8: 3000\n3ff8: 4000\n4ff8: 71d3",
        root: PageTableRoot(lower: PhysicalAddress(0x1000), upper: PhysicalAddress(0x8000)),
        .page(0x7abc, bits: 12, .kernel)),
      EntryCase(
        "Linux's table without entries", .loongarch4K, 0x1234,
        "1000: 2000\n2000: 3000\n3000: 4000\n4008: 40", .stopped(.notPresent(NotPresentState(.none)))),
      EntryCase("no table", .loongarch4K, 0x1234, "1000: 0", .stopped(.notPresent(NotPresentState(.none)))),
      EntryCase(
        "a direct mapped window", .loongarch4K, 0x9000_0000_0000_0000, "1000: 2000", .stopped(.nonCanonical)),
      EntryCase(
        "16 KiB: bits 13:12 are no address", .loongarch16K, 0x5234,
        "4000: 8000\n8000: c000\nc008: 173df", root: PageTableRoot(PhysicalAddress(0x4000)),
        .page(0x1_5234, bits: 14, .all)),
      EntryCase(
        "16 KiB: H is 32 MiB", .loongarch16K, 0x212_3456, "4000: 8000\n8008: 40000011d3",
        root: PageTableRoot(PhysicalAddress(0x4000)), .page(0x40_0012_3456, bits: 25, .kernel)),
    ])
  func loongarch(_ test: EntryCase) throws { #expect(try test.answer.outcome == test.expected) }
}
