import LinuxKernel
import PageTableEditing
import PageTables
import Testing

@Suite("Where the kernel's addresses begin")
struct BorderTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var format: PagingFormat
    var lowest: UInt64
    var start: UInt64
  }

  @Test(
    "a 32-bit kernel page table's lowest entry tells the border",
    arguments: [
      Case(testDescription: "i386 3:1", format: .x86, lowest: 0xc000_0000, start: 0xc000_0000),
      Case(testDescription: "i386 2:2", format: .x86, lowest: 0x7800_0000, start: 0x7800_0000),
      Case(testDescription: "i386 1:3", format: .x86, lowest: 0x4000_0000, start: 0x4000_0000),
      Case(testDescription: "PAE", format: .x86PAE, lowest: 0xc020_0000, start: 0xc020_0000),
      Case(testDescription: "ARM with modules", format: .arm, lowest: 0xbf00_0000, start: 0xbf00_0000),
      Case(testDescription: "ARM with late modules", format: .arm, lowest: 0xbf80_0000, start: 0xbf00_0000),
      Case(testDescription: "ARM without modules", format: .arm, lowest: 0xc000_0000, start: 0xbf00_0000),
      Case(testDescription: "ARM 2:2", format: .arm, lowest: 0x8000_0000, start: 0x7f00_0000),
      Case(testDescription: "ARM 1:3", format: .arm, lowest: 0x3f00_0000, start: 0x3f00_0000),
      Case(testDescription: "ARM with KASAN's shadow", format: .arm, lowest: 0xb6e0_0000, start: 0xb6e0_0000),
      Case(testDescription: "LPAE with pkmap", format: .armLPAE, lowest: 0xbfe0_0000, start: 0xbf00_0000),
      Case(testDescription: "Sv32", format: .riscvSv32, lowest: 0x9d00_0000, start: 0x9d00_0000),
    ])
  func inferred(_ example: Case) throws {
    let bench = try ComparisonBench(example.format)
    try bench.map(example.lowest, in: bench.kernel)
    try bench.map(0xfff0_0000, in: bench.kernel)
    let half = try KernelComparison(of: bench.tables, in: bench.memory).half
    #expect(half.start == VirtualAddress(example.start))
    #expect(half.evidence.method == .pageTables)
    #expect(half.evidence.detail.contains(String(example.lowest, radix: 16)))
  }

  @Test("the user's word goes first")
  func given() throws {
    let bench = try ComparisonBench(.arm)
    try bench.map(0xc000_0000, in: bench.kernel)
    let half = try KernelComparison(
      of: bench.tables, kernelStart: VirtualAddress(0xb000_0000), in: bench.memory
    ).half
    #expect(half.start == VirtualAddress(0xb000_0000) && half.evidence.method == .user)
  }

  @Test("a border beyond the space is none")
  func beyond() throws {
    let bench = try ComparisonBench(.arm)
    try bench.map(0xc000_0000, in: bench.kernel)
    #expect(throws: KernelComparison.SetupError.unknownBorder(master: bench.kernel.root.lower)) {
      try KernelComparison(
        of: bench.tables, kernelStart: VirtualAddress(0xffff_ffff_8000_0000), in: bench.memory)
    }
  }

  @Test("an identity map at the bottom is no border")
  func identity() throws {
    let bench = try ComparisonBench(.x86)
    try bench.map(0, in: bench.kernel)
    try bench.map(0xc000_0000, in: bench.kernel)
    #expect(
      try KernelComparison(of: bench.tables, in: bench.memory).half.start == VirtualAddress(0xc000_0000))
  }

  @Test("an empty kernel page table has no border, and none at all is said to be none")
  func none() throws {
    let bench = try ComparisonBench(.x86)
    #expect(throws: KernelComparison.SetupError.unknownBorder(master: bench.kernel.root.lower)) {
      try KernelComparison(of: bench.tables, in: bench.memory)
    }
    var tables = bench.tables
    tables.master = nil
    #expect(throws: KernelComparison.SetupError.unknownMaster) {
      try KernelComparison(of: tables, in: bench.memory)
    }
  }
}
