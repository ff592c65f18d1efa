import PageTables
import TestMemory
import Testing

@Suite("AArch64 in all its sizes")
struct AArch64Tests {
  /// A granule and size, and what a walk looks like.
  struct Shape: Sendable, CustomTestStringConvertible {
    let name: String
    let bits: Int
    let levels: Int
    let firstIndexBits: UInt8
    let topName: String

    var testDescription: String { "\(name) with \(bits) bits" }

    init(_ name: String, _ bits: Int, _ levels: Int, _ firstIndexBits: UInt8, _ topName: String) {
      self.name = name
      self.bits = bits
      self.levels = levels
      self.firstIndexBits = firstIndexBits
      self.topName = topName
    }
  }

  @Test(
    "the first level follows from granule and size",
    arguments: [
      Shape("aarch64-4k", 36, 3, 6, "L1"), Shape("aarch64-4k", 39, 3, 9, "L1"),
      Shape("aarch64-4k", 48, 4, 9, "L0"), Shape("aarch64-4k-lpa2", 52, 5, 4, "L-1"),
      Shape("aarch64-16k", 36, 2, 11, "L2"), Shape("aarch64-16k", 47, 3, 11, "L1"),
      Shape("aarch64-16k", 48, 4, 1, "L0"), Shape("aarch64-16k-lpa2", 52, 4, 5, "L0"),
      Shape("aarch64-64k", 42, 2, 13, "L2"), Shape("aarch64-64k", 48, 3, 6, "L1"),
      Shape("aarch64-64k", 52, 3, 10, "L1"), Shape("aarch64-64k-lpa", 52, 3, 10, "L1"),
    ])
  func shapes(_ shape: Shape) throws {
    let format = try #require(PagingFormat.named(shape.name, virtualAddressBits: shape.bits))
    #expect(format.levels.count == shape.levels)
    #expect(format.regions[0].firstIndexBits == shape.firstIndexBits)
    #expect(format.levels[0].architectureName.description == shape.topName)
    #expect(format.levels[0].name.description == "pgd")
    #expect(format.levels[shape.levels - 1].name.description == "pte")
    #expect(format.regions[1].last.rawValue == .max)
    #expect(format.regions[0].last.rawValue == (1 << UInt64(shape.bits)) - 1)
  }

  @Test("combinations that the architecture lacks are refused")
  func refused() {
    #expect(PagingFormat.aarch64(granule: .kib4, virtualAddressBits: 52) == nil)
    #expect(PagingFormat.aarch64(granule: .kib64, outputAddress: .lpa2) == nil)
    #expect(PagingFormat.aarch64(granule: .kib4, outputAddress: .lpa) == nil)
    #expect(PagingFormat.aarch64(granule: .kib16, virtualAddressBits: 53, outputAddress: .lpa2) == nil)
    #expect(PagingFormat.named("aarch64-4k", virtualAddressBits: 300) == nil)
    #expect(PagingFormat.named("x86-64", virtualAddressBits: 57) == nil)
  }

  private static let root64 = PageTableRoot(PhysicalAddress(0x1_0000))

  private static func sized(_ name: String, _ bits: Int) -> PagingFormat {
    PagingFormat.named(name, virtualAddressBits: bits) ?? .aarch64
  }

  @Test(
    "an AArch64 descriptor",
    arguments: [
      EntryCase(
        "LPA: bits 15:12 are address bits 51:48", sized("aarch64-64k-lpa", 48), 0x56,
        "10000: 20003\n20000: 30003\n30000: 1234a443", root: root64,
        .page(0xa_0000_1234_0056, bits: 16, [.read, .write, .userExecute])),
      EntryCase(
        "LPA2: bits 9:8 are address bits 51:50", sized("aarch64-4k-lpa2", 52), 0x56,
        "1000: 2003\n2000: 3003\n3000: 4003\n4000: 5003\n5000: 0002000000007703",
        .page(0xe_0000_0000_7056, bits: 12, [.kernel, .userExecute])),
      EntryCase(
        "LPA2: a block of 512 GiB", sized("aarch64-4k-lpa2", 48), 0x56, "1000: 0000008000000401",
        .page(0x80_0000_0056, bits: 39, [.kernel, .userExecute])),
      EntryCase(
        "no block of 512 GiB without LPA2", .aarch64, 0x56, "1000: 0000008000000401",
        .stopped(.invalidEntry)),
      EntryCase(
        "APTable read-only: not writable by users, so executable in the kernel", .aarch64, 0x123,
        "1000: 2003\n2000: 3003\n3000: 4000000000004003\n4000: 5443",
        .page(0x5123, bits: 12, [.read, .execute])),
      EntryCase(
        "APTable: no access for users", .aarch64, 0x123,
        "1000: 2003\n2000: 2000000000003003\n3000: 4003\n4000: 40000000005443",
        .page(0x5123, bits: 12, .kernel)),
      EntryCase(
        "UXNTable and PXNTable", .aarch64, 0x123,
        "1000: 1800000000002003\n2000: 3003\n3000: 4003\n4000: 5443",
        .page(0x5123, bits: 12, [.read, .write])),
      EntryCase(
        "what users may write the kernel never executes", .aarch64, 0x123,
        "1000: 2003\n2000: 3003\n3000: 4003\n4000: 5443",
        .page(0x5123, bits: 12, [.read, .write, .userExecute])),
      EntryCase(
        "execute-only for users", .aarch64, 0x123,
        "1000: 2003\n2000: 3003\n3000: 4003\n4000: 200000000054c3 ; AP 3: read-only for both, PXN",
        .page(0x5123, bits: 12, [.read, .userExecute])),
      EntryCase(
        "the upper half has its own root", .aarch64, 0xffff_ffff_ffff_f123,
        "6ff8: 2003\n2ff8: 3003\n3ff8: 4003\n4ff8: 60000000005483",
        root: PageTableRoot(lower: PhysicalAddress(0x1000), upper: PhysicalAddress(0x6000)),
        .page(0x5123, bits: 12, .kernelRead)),
    ])
  func descriptors(_ test: EntryCase) throws { #expect(try test.answer.outcome == test.expected) }

  @Test("an old page with the contiguous bit stays a page, and its fields say so")
  func fields() throws {
    let test = EntryCase(
      "contiguous", .aarch64, 0x123, "1000: 2003\n2000: 3003\n3000: 4003\n4000: 10000000005043",
      .page(0x5123, bits: 12, [.read, .write, .userExecute]))
    let answer = try test.answer
    #expect(answer.outcome == test.expected)
    let step = answer.steps[3]
    let rule = test.format.levels[3].rules[step.ruleIndex]
    let fields = test.format.fields(of: rule).fields.elements
    let contiguous = try #require(fields.first { $0.name.description == "contiguous" })
    let accessed = try #require(fields.first { $0.name.description == "AF" })
    #expect(contiguous.value(in: step.entry) == 1)
    #expect(accessed.value(in: step.entry) == 0)
  }
}
