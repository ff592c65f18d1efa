import PageTables
import TestMemory
import Testing

@Suite("What is not present has a name, by kernel era")
struct NotPresentTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let format: String
    let era: String
    let entry: UInt64
    let expected: NotPresentState

    var testDescription: String { "\(format), \(era): \(String(entry, radix: 16))" }

    init(_ format: String, _ era: String, _ entry: UInt64, _ expected: NotPresentState) {
      self.format = format
      self.era = era
      self.entry = entry
      self.expected = expected
    }
  }

  /// x86-64 since 4.18, as the kernel's own comment draws it.
  private static func x86(_ type: UInt64, _ offset: UInt64) -> UInt64 {
    type << 59 | (~offset & ((1 << 50) - 1)) << 9
  }

  private static let swap = NotPresentState(.swap, type: 2, offset: 0x1234)

  @Test(
    "an entry of an era",
    arguments: [
      Case("x86-64", "Linux 6.15 and later, x86-64", x86(2, 0x1234), swap),
      Case("x86-64", "Linux 4.14 to 4.17, x86-64", 2 << 9 | 0x1234 << 14, swap),
      Case("x86", "Linux 6.2 and later, i386 without PAE", 2 << 1 | 0x1234 << 9, swap),
      Case("x86-pae", "Linux 6.2 and later, i386 with PAE", x86(2, 0x1234), swap),
      Case("arm", "Linux 6.3 and later, ARM short descriptors", 2 << 2 | 0x1234 << 8, swap),
      Case("arm", "Linux 4.0 to 5.18, ARM short descriptors", 2 << 2 | 0x1234 << 7, swap),
      Case("arm", "Linux 3.8 to 3.19, ARM short descriptors", 2 << 3 | 0x1234 << 8, swap),
      Case("arm", "Linux 2.6.38 to 3.7, ARM short descriptors", 2 << 3 | 0x1234 << 9, swap),
      Case("arm-lpae", "Linux 6.3 and later, ARM LPAE", 2 << 2 | 0x1234 << 8, swap),
      Case("aarch64-4k", "Linux 6.11 to 6.14, arm64", 2 << 6 | 0x1234 << 12, swap),
      Case("aarch64-4k", "Linux 6.2 to 6.10, arm64", 2 << 3 | 0x1234 << 8, swap),
      Case("aarch64-4k", "Linux 5.14 to 5.18, arm64", 2 << 2 | 0x1234 << 8, swap),
      Case("riscv-sv39", "Linux 6.3 and later, RV64", 2 << 7 | 0x1234 << 12, swap),
      Case("riscv-sv39", "Linux 6.2, RV64", 2 << 6 | 0x1234 << 11, swap),
      Case("riscv-sv39", "Linux 4.15 to 5.16, RV64", 2 << 2 | 0x1234 << 7, swap),
      Case("riscv-sv32", "Linux 6.3 and later, RV32", 2 << 7 | 0x1234 << 12, swap),
      Case("alpha", "Linux 6.3 and later, Alpha", 2 << 32 | 0x1234 << 40, swap),
      Case("loongarch-4k", "Linux 6.3 and later, LoongArch", 2 << 16 | 0x1234 << 24, swap),
      Case("loongarch-16k", "Linux 5.19 to 6.1, LoongArch", 2 << 16 | 0x1234 << 24, swap),
      // Exclusive markers are not part of type and offset.
      Case("x86-64", "Linux 6.2 to 6.14, x86-64", x86(2, 0x1234) | 8, swap),
      Case("arm", "Linux 6.3 and later, ARM short descriptors", 1 << 7 | 2 << 2 | 0x1234 << 8, swap),
      Case("riscv-sv39", "Linux 6.3 and later, RV64", 1 << 6 | 2 << 7 | 0x1234 << 12, swap),
      Case("alpha", "Linux 6.3 and later, Alpha", 1 << 39 | 2 << 32 | 0x1234 << 40, swap),
      Case("loongarch-4k", "Linux 6.3 and later, LoongArch", 1 << 23 | 2 << 16 | 0x1234 << 24, swap),
      // A pmd's swap entry keeps the huge bit.
      Case("loongarch-4k", "Linux 6.3 and later, LoongArch", 1 << 6 | 2 << 16 | 0x1234 << 24, swap),
      // Migration; the bits above the frame say young and dirty.
      Case(
        "x86-64", "Linux 6.15 and later, x86-64", x86(27, 0x999 | 1 << 34),
        NotPresentState(.migration, type: 27, offset: 0x999)),
      Case(
        "x86-64", "Linux 6.2 to 6.14, x86-64", x86(24, 0x999 | 1 << 34),
        NotPresentState(.migration, type: 24, offset: 0x999)),
      Case(
        "x86-64", "Linux 5.19 to 6.1, x86-64", x86(23, 0x999),
        NotPresentState(.migration, type: 23, offset: 0x999)),
      Case(
        "x86-64", "Linux 5.14 to 5.18, x86-64", x86(27, 0x999),
        NotPresentState(.migration, type: 27, offset: 0x999)),
      Case(
        "x86-64", "Linux 4.18 to 5.13, x86-64", x86(29, 0x999),
        NotPresentState(.migration, type: 29, offset: 0x999)),
      Case(
        "x86-64-la57", "Linux 6.2 to 6.14, x86-64", x86(24, 0x999 | 1 << 34),
        NotPresentState(.migration, type: 24, offset: 0x999 | 1 << 34)),
      Case(
        "arm", "Linux 6.3 and later, ARM short descriptors", 28 << 2 | 0x999 << 8,
        NotPresentState(.migration, type: 28, offset: 0x999)),
      // Device memory.
      Case(
        "x86-64", "Linux 6.2 to 6.14, x86-64", x86(30, 0x42),
        NotPresentState(.device, type: 30, offset: 0x42)),
      // Markers.
      Case(
        "x86-64", "Linux 6.15 and later, x86-64", x86(31, 4), NotPresentState(.guard, type: 31, offset: 4)),
      Case(
        "aarch64-4k", "Linux 6.15 and later, arm64", 31 << 6 | 4 << 12,
        NotPresentState(.guard, type: 31, offset: 4)),
      Case("x86-64", "Linux 6.2 to 6.14, x86-64", x86(31, 1), NotPresentState(.marker, type: 31, offset: 1)),
      Case(
        "x86-64", "Linux 6.2 to 6.14, x86-64", x86(31, 2),
        NotPresentState(.hardwarePoison, type: 31, offset: 2)),
      // Poison.
      Case(
        "x86-64", "Linux 6.2 to 6.14, x86-64", x86(23, 0x77),
        NotPresentState(.hardwarePoison, type: 23, offset: 0x77)),
      Case(
        "x86-64", "Linux 5.19 to 6.1, x86-64", x86(31, 0x77),
        NotPresentState(.hardwarePoison, type: 31, offset: 0x77)),
      Case(
        "loongarch-4k", "Linux 6.3 and later, LoongArch", 28 << 16 | (0x999 | 1 << 36) << 24,
        NotPresentState(.migration, type: 28, offset: 0x999)),
      // The valid bit is Linux's accessed bit.
      Case(
        "loongarch-4k", "Linux 6.3 and later, LoongArch", 0x1234_5198,
        NotPresentState(.old, offset: 0x12345)),
      Case("loongarch-4k", "Linux 6.3 and later, LoongArch", 0x40, NotPresentState(.none)),
      // A huge page that is being split.
      Case(
        "loongarch-4k", "Linux 6.3 and later, LoongArch", 1 << 60 | 0x4020_035c,
        NotPresentState(.unknown)),
      // PROT_NONE, inverted and plain.
      Case(
        "loongarch-16k", "Linux 6.3 and later, LoongArch", 0x2000_0000_1234_441c,
        NotPresentState(.protectionNone, offset: 0x48d1)),
      Case(
        "x86-64", "Linux 6.2 to 6.14, x86-64", 0x800f_ffff_edcb_a120,
        NotPresentState(.protectionNone, offset: 0x12345)),
      Case(
        "x86-64", "Linux 4.14 to 4.17, x86-64", 0x8000_0000_1234_5120,
        NotPresentState(.protectionNone, offset: 0x12345)),
      Case(
        "x86", "Linux 6.2 and later, i386 without PAE", 0x1234_5120,
        NotPresentState(.protectionNone, offset: 0x12345)),
      Case(
        "arm", "Linux 6.3 and later, ARM short descriptors", 0x1234_5b83,
        NotPresentState(.protectionNone, offset: 0x12345)),
      Case(
        "arm-lpae", "Linux 6.3 and later, ARM LPAE", 1 << 57 | 0x1234_5402,
        NotPresentState(.protectionNone, offset: 0x12345)),
      Case(
        "aarch64-4k", "Linux 6.11 to 6.14, arm64", 0x00e0_0000_1234_5c02,
        NotPresentState(.protectionNone, offset: 0x12345)),
      Case(
        "aarch64-4k", "Linux 5.19 to 6.1, arm64", 1 << 58 | 0x1234_5c02,
        NotPresentState(.protectionNone, offset: 0x12345)),
      Case(
        "riscv-sv39", "Linux 6.3 and later, RV64", 0x12345 << 10 | 0xe2,
        NotPresentState(.protectionNone, offset: 0x12345)),
      Case("x86-64", "Linux 6.2 to 6.14, x86-64", 0, NotPresentState(.none)),
    ])
  func state(_ test: Case) throws {
    let format = try #require(PagingFormat.named(test.format))
    let table = try #require(format.notPresentTables.first { $0.era.description == test.era })
    #expect(table.state(of: test.entry) == test.expected)
    #expect(format.reading(notPresent: table).notPresent.state(of: test.entry) == test.expected)
  }

  @Test(
    "every format of the catalogue has eras, each once",
    arguments: PagingFormat.catalogue.map(\.name.description))
  func eras(_ name: String) throws {
    let format = try #require(PagingFormat.named(name))
    let eras = format.notPresentTables.map(\.era.description)
    #expect(!eras.isEmpty)
    #expect(Set(eras).count == eras.count)
    // 32 type values, 32 answers: the special types and the swap areas leave none out.
    for table in format.notPresentTables {
      let swap = try #require(table.rules.elements.last)
      #expect(swap.kind == .swap)
      #expect(swap.typeBitCount >= 5)
      for type: UInt64 in 0..<32 {
        let entry = type << UInt64(swap.typeLowBit) | 1 << UInt64(swap.offsetLowBit)
        #expect(table.state(of: entry).kind != .unknown, "\(table.era): type \(type)")
      }
    }
  }

  @Test("a huge page that no access is allowed to names the frame of each of its pages")
  func hugePages() throws {
    // As `pfn_pmd()` writes 0x21600 with PAGE_NONE: bits 21 to 51 inverted, those below left at zero.
    let memory = try TextMemory(
      """
      1000: 2067
      2000: 3067
      3008: 800fffffde8009e0
      """)
    let walker = Walker(format: PagingFormat.x86_64, root: PageTableRoot(PhysicalAddress(0x1000)))
    for page: UInt64 in [0, 1, 0x1ff] {
      let address = VirtualAddress(0x20_0000 + page << 12)
      let expected = StopReason.notPresent(NotPresentState(.protectionNone, offset: 0x21600 + page))
      #expect(walker.translate(address, in: memory).outcome == .stopped(expected))
    }
    let ranges = walker.ranges(
      from: VirtualAddress(0x20_0000), through: VirtualAddress(0x3f_ffff), in: memory)
    #expect(ranges.first?.content == .gap(.notPresent(NotPresentState(.protectionNone, offset: 0x21600))))
  }

  @Test("Linux's entry of an ARM page stands 2048 bytes below the hardware's")
  func softwareEntries() throws {
    // The address 0x7e9e6c24 of a process: the odd word of a pair, and so the second of two tables.
    let memory = try TextMemory(
      """
      58059fa0: 58269801 58269c01   ; pgd 2024, 2025
      58269798: 574a134d            ; Linux: present, dirty, user, no-execute, not young
      58269f98: 0                   ; hardware: old
      58269f9c: 0
      5826979c: 00123408            ; Linux: swap
      58269fa0: 0
      582697a0: 12345b83            ; Linux: PROT_NONE
      """, entryByteCount: 4)
    let walker = Walker(format: PagingFormat.arm, root: PageTableRoot(PhysicalAddress(0x5805_8000)))
    func software(_ address: UInt64) throws -> SoftwareStep {
      let answer = walker.translate(VirtualAddress(address), in: memory)
      #expect(answer.outcome == .stopped(.notPresent(NotPresentState(.none))))
      let step = answer.steps[1]
      return try #require(walker.softwareEntry(of: step, address: VirtualAddress(address), in: memory))
    }
    let old = try software(0x7e9e_6c24)
    #expect(old.entryAddress.rawValue == 0x5826_9798)
    #expect(old.state == .present(PhysicalAddress(0x574a_1c24), [.read, .write]))
    #expect(
      try software(0x7e9e_7000).state == .notPresent(NotPresentState(.swap, type: 2, offset: 0x1234)))
    #expect(
      try software(0x7e9e_8000).state
        == .notPresent(NotPresentState(.protectionNone, offset: 0x12345)))
    let first = walker.translate(VirtualAddress(0x7e9e_6c24), in: memory).steps[0]
    #expect(first.entryAddress.rawValue == 0x5805_9fa4)
    #expect(walker.softwareEntry(of: first, address: VirtualAddress(0x7e9e_6c24), in: memory) == nil)
  }
}
