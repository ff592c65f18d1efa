import PageTableEditing
import PageTables
import Testing

/// ARM short descriptors, where Linux keeps entries of its own beside the hardware's.
@Suite("Linux's own entries")
struct SoftwareEntryTests {
  private let arm: FormatCase
  private let userPage: Access = [.kernelRead, .kernelWrite, .userRead, .userWrite]

  init() throws { arm = try FormatCase.named("arm") }

  /// Linux's entry and the hardware's for a page.
  private func entries(_ bench: Bench, _ address: UInt64) throws -> (linux: SoftwareStep, hardware: UInt64) {
    let steps = bench.editor.walker.translate(VirtualAddress(address), in: bench.memory).steps
    let step = steps[1]
    let linux = bench.editor.walker.softwareEntry(
      of: step, address: VirtualAddress(address), in: bench.memory)
    return (try #require(linux), step.entry)
  }

  // A 2G/2G split, PAGE_OFFSET 0x80000000 at PHYS_OFFSET 0x10000000: the kernel's 0xc8058000 is the
  // physical 0x58058000, and so on. The addresses are those of a walk that a kernel module printed.
  @Test("the tables of a real walk come out at the addresses where that kernel had them")
  func goldenWalk() throws {
    func physical(_ kernel: UInt64) -> UInt64 { kernel - 0x8000_0000 + 0x1000_0000 }
    var memory = try SparseMemory(base: PhysicalAddress(0x1000_0000), byteCount: 2 << 30)
    var frames = ChosenFrames([physical(0xc805_8000), physical(0xc826_9000)])
    let editor = try PageTableEditor(makingRootsFor: arm.format, in: &memory, frames: &frames)
    let address = VirtualAddress(0x7e9e_6c24)
    #expect(editor.root.lower.rawValue == physical(0xc805_8000))
    try editor.map(
      VirtualAddress(0x7e9e_6000), to: PhysicalAddress(0x574a_1000), sizeBits: 12, access: userPage,
      in: &memory, frames: &frames)
    let translation = editor.walker.translate(address, in: memory)
    #expect(translation.mapping?.physical.rawValue == 0x574a_1c24)
    #expect(translation.mapping?.access == userPage)
    // Linux's pgd entry is a pair of words at 0xc8059fa0; the address takes the second.
    #expect(translation.steps[0].entryAddress.rawValue == physical(0xc805_9fa4))
    let pair = try memory.load(
      byteCount: 8, order: .little, at: PhysicalAddress(physical(0xc805_9fa0)))
    #expect(pair & 0xffff_fc03 == physical(0xc826_9800) | 1)
    #expect(pair >> 32 & 0xffff_fc03 == physical(0xc826_9c00) | 1)
    #expect(translation.steps[1].entryAddress.rawValue == physical(0xc826_9f98))
    let found = editor.walker.softwareEntry(of: translation.steps[1], address: address, in: memory)
    let linux = try #require(found)
    #expect(linux.entryAddress.rawValue == physical(0xc826_9798))
    #expect(linux.state == .present(PhysicalAddress(0x574a_1c24), userPage))
    // PRESENT, YOUNG, DIRTY, USER, XN.
    #expect(linux.entry == 0x574a_1000 | 1 << 0 | 1 << 1 | 1 << 6 | 1 << 8 | 1 << 9)
  }

  @Test("an old page has no hardware entry, and comes back as it was")
  func old() throws {
    let bench = try Bench(arm.format)
    try bench.map(0x40_0000, to: 0x1234_5000, sizeBits: 12, access: userPage)
    let before = try entries(bench, 0x40_0000)
    try bench.editor.mark(VirtualAddress(0x40_0000), accessed: false, in: &bench.memory)
    let old = try entries(bench, 0x40_0000)
    #expect(old.hardware == 0)
    #expect(old.linux.entry == before.linux.entry & ~2)
    #expect(old.linux.state == .present(PhysicalAddress(0x1234_5000), userPage))
    try bench.editor.mark(VirtualAddress(0x40_0000), accessed: true, in: &bench.memory)
    let young = try entries(bench, 0x40_0000)
    #expect(young.hardware == before.hardware)
    #expect(young.linux == before.linux)
  }

  @Test("a clean page is read-only for the hardware until it is dirty")
  func clean() throws {
    let bench = try Bench(arm.format)
    try bench.map(
      0x40_0000, to: 0x1234_5000, sizeBits: 12, access: userPage, attributes: EntryAttributes(isDirty: false))
    #expect(bench.mapping(at: 0x40_0000)?.access == [.kernelRead, .userRead])
    #expect(
      try entries(bench, 0x40_0000).linux.state == .present(PhysicalAddress(0x1234_5000), userPage))
    try bench.editor.mark(VirtualAddress(0x40_0000), dirty: true, in: &bench.memory)
    #expect(bench.mapping(at: 0x40_0000)?.access == userPage)
  }

  @Test("a page may be mapped old, and is then not mapped over")
  func mappedOld() throws {
    let bench = try Bench(arm.format)
    let attributes = EntryAttributes(isAccessed: false)
    try bench.map(0, to: 0x5000, sizeBits: 12, access: userPage, attributes: attributes)
    #expect(bench.mapping(at: 0) == nil)
    #expect(throws: EditError.self) { try bench.map(0, to: 0x5000, sizeBits: 12, access: userPage) }
    try bench.unmap(0, byteCount: 0x1000)
    #expect(try entries(bench, 0).linux.entry == 0)
    try bench.map(0, to: 0x5000, sizeBits: 12, access: userPage)
  }

  @Test("protecting an old page changes Linux's entry only")
  func protectOld() throws {
    let bench = try Bench(arm.format)
    try bench.map(
      0, to: 0x5000, sizeBits: 12, access: userPage, attributes: EntryAttributes(isAccessed: false))
    let readOnly: Access = [.kernelRead, .userRead]
    let count = try bench.editor.protect(
      VirtualAddress(0), byteCount: 0x1000, access: readOnly, in: &bench.memory)
    #expect(count == 1)
    let entries = try entries(bench, 0)
    #expect(entries.hardware == 0)
    #expect(entries.linux.state == .present(PhysicalAddress(0x5000), readOnly))
  }

  @Test("rights of every kind are said by both entries")
  func rights() throws {
    for access in arm.accesses {
      let bench = try Bench(arm.format, megabytes: 8)
      try bench.map(0x1000, to: 0x9000, sizeBits: 12, access: access)
      #expect(try entries(bench, 0x1000).linux.state == .present(PhysicalAddress(0x9000), access))
      #expect(bench.mapping(at: 0x1000)?.access == access)
    }
    #expect(arm.accesses.contains(userPage))
  }

  @Test("a large page and Linux's sixteen entries agree")
  func largePage() throws {
    let bench = try Bench(arm.format)
    try bench.map(0x1_0000, to: 0x30_0000, sizeBits: 16, access: userPage)
    for page in 0..<16 as Range<UInt64> {
      let address = 0x1_0000 + page << 12
      #expect(bench.mapping(at: address)?.pageSizeBits == 16)
      #expect(
        try entries(bench, address).linux.state == .present(PhysicalAddress(0x30_0000 + page << 12), userPage)
      )
    }
  }

  @Test("a section beside a table leaves the pair's other word alone, and both may become tables")
  func pair() throws {
    let bench = try Bench(arm.format)
    let count = bench.frames.allocatedCount
    try bench.map(0x10_0000, to: 0x4000_0000, sizeBits: 20, access: .kernel)
    try bench.map(0x1000, to: 0x5000, sizeBits: 12, access: userPage)
    #expect(bench.mapping(at: 0x10_0000)?.pageSizeBits == 20)
    #expect(bench.mapping(at: 0x1000)?.physical.rawValue == 0x5000)
    try bench.unmap(0x10_0000, byteCount: 0x10_0000)
    try bench.map(0x10_1000, to: 0x6000, sizeBits: 12, access: userPage)
    #expect(bench.mapping(at: 0x10_1000)?.physical.rawValue == 0x6000)
    // Both tables are in one page.
    #expect(bench.frames.allocatedCount == count + 1)
    let steps = [0x1000, 0x10_1000].map {
      bench.editor.walker.translate(VirtualAddress($0), in: bench.memory).steps[1]
    }
    #expect(steps[1].table.rawValue == steps[0].table.rawValue + 1024)
    #expect(steps[0].table.rawValue & 0xfff == 2048)
  }
}
