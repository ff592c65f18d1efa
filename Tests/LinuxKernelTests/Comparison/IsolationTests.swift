import LinuxKernel
import PageTableEditing
import PageTables
import Testing

@Suite("Page-table isolation: roots with a copy for user mode")
struct IsolationTests {
  static let text: UInt64 = 0xffff_ffff_8100_0000
  static let entryArea: UInt64 = 0xffff_fe00_0000_0000
  static let user: UInt64 = 0x40_0000
  static let ldt: UInt64 = 0xffff_8800_0000_0000

  /// Roots of two pages each; the copies share the user's tables and the entry area.
  private func bench() throws -> ComparisonBench {
    let bench = try ComparisonBench(.x86_64, rootSizeBits: 13)
    try bench.map(Self.text, in: bench.kernel)
    try bench.map(Self.entryArea, in: bench.kernel)
    try bench.copy(0xffff_8000_0000_0000, through: .max, depth: 0)
    try bench.map(Self.user, access: .all, in: bench.process)
    for root in [bench.kernel.root, bench.process.root] {
      let entry = try bench.entry(of: Self.entryArea, depth: 0, in: root)
      try bench.set(entry, of: Self.entryArea, depth: 0, in: copy(of: root))
    }
    try share(Self.user, in: bench, without: 0)
    return bench
  }

  private func copy(of root: PageTableRoot) -> PageTableRoot {
    PageTableRoot(root.lower.advanced(byBytes: 4096))
  }

  /// Puts an entry of the process's root into its copy, as pti_set_user_pgtbl does: the kernel's own becomes
  /// no-execute.
  private func share(_ address: UInt64, in bench: ComparisonBench, without bits: UInt64 = 0) throws {
    let entry = try bench.entry(of: address, depth: 0, in: bench.process.root)
    try bench.set(entry & ~bits, of: address, depth: 0, in: copy(of: bench.process.root))
    if address >> 63 == 0 {
      try bench.set(entry | 1 << 63, of: address, depth: 0, in: bench.process.root)
    }
  }

  @Test("the copy is found; no-execute in the kernel's root is as it should be")
  func found() throws {
    let bench = try bench()
    let result = try bench.compare()
    let copy = try #require(result.userCopy)
    #expect(copy.root == bench.process.root.lower.advanced(byBytes: 4096))
    #expect(copy.userPart.entryCount == 1 && copy.userPart.sameCount == 1)
    #expect(copy.kernelPart.entryCount == 1 && copy.kernelPart.sameCount == 1)
    #expect(result.kernelPart.sameCount == 2 && !result.differs)
  }

  @Test("an entry that the user's copy lacks, or has not quite, is found")
  func userPart() throws {
    let bench = try bench()
    try bench.map(0x7fff_0000_0000, access: .all, in: bench.process)
    let lacking = try bench.compare()
    #expect(lacking.userCopy?.userPart.entries.map(\.verdict) == [.deferred])
    #expect(lacking.differs)
    // Without the right to write.
    try share(0x7fff_0000_0000, in: bench, without: 2)
    let narrow = try bench.compare()
    #expect(narrow.userCopy?.userPart.entries.map(\.verdict) == [.different])
    #expect(narrow.userCopy?.userPart.entries.first?.index == 255)
  }

  @Test("an entry that the kernel's own copy has not is stale in the user's copy")
  func kernelPart() throws {
    let bench = try bench()
    let text = try bench.entry(of: Self.text, depth: 0, in: bench.process.root)
    try bench.set(text, of: Self.text, depth: 0, in: copy(of: bench.process.root))
    let result = try bench.compare()
    #expect(result.userCopy?.kernelPart.entries.map(\.verdict) == [.stale])
    #expect(result.differs)
  }

  @Test("a local descriptor table is the process's own, in both roots")
  func descriptors() throws {
    let bench = try bench()
    try bench.map(Self.ldt, access: [.kernelRead], in: bench.process)
    try bench.map(Self.ldt + 0x1_0000, access: [.kernelRead], in: bench.process)
    try share(Self.ldt, in: bench)
    let result = try bench.compare()
    #expect(!result.differs)
    for entries in [result.kernelPart.entries, result.userCopy?.kernelPart.entries ?? []] {
      #expect(entries.map(\.verdict) == [.explained])
      #expect(entries.first?.why?.contains("LDT") == true && entries.first?.index == 272)
    }
  }

  @Test(
    "what is larger than such a table, or writable, is none",
    arguments: [(UInt64(0x2_0000), false), (0x20_0000, false), (0x1000, true)])
  func notDescriptors(offset: UInt64, isWritable: Bool) throws {
    let bench = try bench()
    try bench.map(Self.ldt, access: [.kernelRead], in: bench.process)
    try bench.map(
      Self.ldt + offset, access: isWritable ? [.kernelRead, .kernelWrite] : [.kernelRead], in: bench.process)
    #expect(try bench.compare().kernelPart.entries.map(\.verdict) == [.stale])
  }

  @Test("a page that only lies beside the root is no copy")
  func noCopy() throws {
    let bench = try bench()
    // The user's part of it is another process's.
    try bench.set(0x12_3067, of: Self.user, depth: 0, in: copy(of: bench.process.root))
    #expect(try bench.compare().userCopy == nil)
    // Empty.
    let empty = try ComparisonBench(.x86_64, rootSizeBits: 13)
    try empty.map(Self.text, in: empty.kernel)
    try empty.map(Self.user, access: .all, in: empty.process)
    #expect(try empty.compare().userCopy == nil)
  }

  @Test("PAE: the copy has a kernel pmd of its own, too")
  func pae() throws {
    let bench = try ComparisonBench(.x86PAE, rootSizeBits: 13)
    try bench.map(0xc000_0000, in: bench.kernel)
    try bench.map(0xff80_0000, in: bench.kernel)
    try bench.map(0x804_8000, access: .all, in: bench.process)
    for address: UInt64 in [0xc000_0000, 0xff80_0000] {
      try bench.map(address, in: bench.process)
      let entry = try bench.entry(of: address, depth: 1, in: bench.kernel.root)
      try bench.set(entry, of: address, depth: 1, in: bench.process.root)
    }
    for root in [bench.kernel.root, bench.process.root] {
      let editor = PageTableEditor(format: bench.kernel.format, root: copy(of: root))
      try bench.map(0xff80_0000, in: editor)
      let entry = try bench.entry(of: 0xff80_0000, depth: 1, in: bench.kernel.root)
      try bench.set(entry, of: 0xff80_0000, depth: 1, in: copy(of: root))
    }
    let user = try bench.entry(of: 0x804_8000, depth: 0, in: bench.process.root)
    try bench.set(user, of: 0x804_8000, depth: 0, in: copy(of: bench.process.root))
    let result = try bench.compare()
    #expect(result.kernelPart.entryCount == 2 && result.kernelPart.sameCount == 2)
    let copy = try #require(result.userCopy)
    #expect(copy.kernelPart.entryCount == 1 && copy.kernelPart.sameCount == 1)
    #expect(copy.userPart.sameCount == 1 && !result.differs)
  }
}
