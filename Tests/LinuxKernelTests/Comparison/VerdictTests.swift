import LinuxKernel
import PageTableEditing
import PageTables
import TestMemory
import Testing

@Suite("What an entry of a process's tables comes to beside the kernel's")
struct VerdictTests {
  @Test("after the copy every entry is the same", arguments: CopyCase.all)
  func same(_ example: CopyCase) throws {
    let result = try example.bench().compare()
    #expect(result.sharing == .copies)
    #expect(result.kernelPart.entryCount == example.entriesPerTable)
    #expect(result.kernelPart.sameCount == example.entriesPerTable)
    #expect(!result.differs && result.isComplete)
    // Only a table of the process's own is worth a word.
    let others = result.kernelPart.entries
    #expect(others.map(\.verdict) == (example.hasOwnTable ? [.explained] : []))
    #expect(others.allSatisfy { $0.depth == 0 && $0.master != nil && $0.process != nil })
  }

  @Test("what the kernel maps after the copy is deferred", arguments: CopyCase.all)
  func deferred(_ example: CopyCase) throws {
    let bench = try example.bench()
    try bench.map(example.late, in: bench.kernel)
    let result = try bench.compare()
    let deferred = result.kernelPart.entries(.deferred)
    #expect(deferred.map(\.depth) == Array(repeating: example.depth, count: example.entriesPerTable))
    #expect(deferred.map(\.index) == (0..<UInt64(example.entriesPerTable)).map { example.lateIndex + $0 })
    let entry = try #require(deferred.first)
    let span = UInt64(1) << UInt64(example.format.level(example.depth).shift)
    #expect(entry.first.rawValue == example.late & ~(span - 1))
    #expect(entry.last.rawValue == entry.first.rawValue + (span - 1))
    #expect(entry.process == nil)
    #expect(try entry.master == bench.entry(of: example.late, depth: example.depth, in: bench.kernel.root))
    #expect(result.differs)
    #expect(result.kernelPart.sameCount == example.entriesPerTable)
    #expect(result.kernelPart.entryCount == 2 * example.entriesPerTable)
    #expect(result.kernelPart.entries(.stale).isEmpty)
  }

  @Test("the fault that copies the entry ends it", arguments: CopyCase.all)
  func repaired(_ example: CopyCase) throws {
    let bench = try example.bench()
    try bench.map(example.late, in: bench.kernel)
    try bench.copy(example.first, through: example.last, depth: example.depth)
    let result = try bench.compare()
    #expect(!result.differs)
    #expect(result.kernelPart.sameCount == 2 * example.entriesPerTable)
  }

  @Test("what the kernel page table has no more is stale", arguments: CopyCase.all)
  func stale(_ example: CopyCase) throws {
    let bench = try example.bench()
    try bench.map(example.late, in: bench.kernel)
    try bench.copy(example.first, through: example.last, depth: example.depth)
    let entry = try bench.entry(of: example.late, depth: example.depth, in: bench.kernel.root)
    try bench.set(0, of: example.late, depth: example.depth, in: bench.kernel.root)
    let stale = try bench.compare().kernelPart.entries(.stale)
    #expect(stale.map(\.index) == [example.lateIndex])
    #expect(stale.map(\.depth) == [example.depth])
    #expect(stale.first?.master == nil && stale.first?.process == entry)
  }

  @Test("another table, in which nothing is the same, is one different entry", arguments: CopyCase.all)
  func different(_ example: CopyCase) throws {
    let bench = try example.bench()
    try bench.map(example.late, in: bench.kernel)
    try bench.copy(example.first, through: example.last, depth: example.depth)
    try bench.set(0, of: example.late, depth: example.depth, in: bench.process.root)
    // On ARM the other entry of the pair must go, too, before the editor makes a table.
    if example.entriesPerTable == 2 {
      try bench.set(0, of: example.late + 1 << 20, depth: 0, in: bench.process.root)
    }
    try bench.map(example.late, to: 0x3f_0000, in: bench.process)
    let different = try bench.compare().kernelPart.entries(.different)
    #expect(different.first?.index == example.lateIndex)
    #expect(different.first?.depth == example.depth)
    #expect(different.first?.why?.contains("no entry is the same") == true)
  }

  @Test("a table of its own that has the same pages is explained, and counted by its pages")
  func ownCopy() throws {
    let example = CopyCase.all[0]
    let bench = try example.bench()
    try bench.set(0, of: example.early, depth: 0, in: bench.process.root)
    try bench.map(example.early, in: bench.process)
    try bench.map(example.early + 0x1000, in: bench.kernel)
    let part = try bench.compare().kernelPart
    #expect(part.entries.map(\.verdict) == [.explained, .deferred])
    #expect(part.entries.map(\.depth) == [0, 1])
    #expect(part.entryCount == 2 && part.sameCount == 1)
  }

  struct BitCase: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bits: UInt64
    var verdict: ComparedEntry.Verdict?
    var why: String?
  }

  @Test(
    "bits that differ weigh as what they mean",
    arguments: [
      BitCase(testDescription: "accessed", bits: 1 << 5),
      BitCase(testDescription: "software", bits: 1 << 9, verdict: .explained, why: "software"),
      BitCase(testDescription: "without a name", bits: 1 << 8, verdict: .explained, why: "0x100"),
      BitCase(testDescription: "writable", bits: 1 << 1, verdict: .different, why: "rwx/rwx in"),
      BitCase(testDescription: "no-execute", bits: 1 << 63, verdict: .different, why: "other rights"),
      BitCase(testDescription: "PCD", bits: 1 << 4, verdict: .different, why: "not the same PCD"),
      BitCase(testDescription: "reserved", bits: 1 << 7, verdict: .different, why: "invalid"),
      BitCase(testDescription: "target outside RAM", bits: 1 << 30, verdict: .unreadable, why: "another pud"),
    ])
  func bits(_ example: BitCase) throws {
    let place = CopyCase.all[4]
    let bench = try place.bench()
    let entry = try bench.entry(of: place.early, depth: 0, in: bench.process.root)
    try bench.set(entry ^ example.bits, of: place.early, depth: 0, in: bench.process.root)
    let part = try bench.compare().kernelPart
    if let verdict = example.verdict {
      #expect(part.entries(verdict).count == 1)
      if let why = example.why { #expect(part.entries.first?.why?.contains(why) == true) }
    } else {
      #expect(part.entries.isEmpty && part.sameCount == 1)
    }
  }

  @Test("PAE with one kernel pmd for all: one entry, and nothing ever lags")
  func sharedPMD() throws {
    let bench = try ComparisonBench(.x86PAE)
    try bench.map(0xc000_0000, in: bench.kernel)
    try bench.map(0x804_8000, access: .all, in: bench.process)
    try bench.copy(0xc000_0000, through: 0xffff_ffff, depth: 0)
    try bench.map(0xf880_0000, in: bench.kernel)
    let part = try bench.compare().kernelPart
    #expect(part.entryCount == 1 && part.sameCount == 1 && part.entries.isEmpty)
  }

  @Test("LPAE: the user's pages in the table that modules share are nobody else's affair")
  func lpaeUser() throws {
    let bench = try ComparisonBench(.armLPAE)
    for address: UInt64 in [0xbf00_0000, 0xbfe0_0000, 0xc000_0000] {
      try bench.map(address, in: bench.kernel)
    }
    try bench.map(0xbe9e_6000, access: .all, in: bench.process)
    try bench.copy(0xc000_0000, through: 0xffff_ffff, depth: 0)
    let part = try bench.compare().kernelPart
    #expect(part.entries.map(\.verdict) == [.explained, .deferred, .deferred])
    #expect(part.entries.map(\.first.rawValue) == [0xbf00_0000, 0xbf00_0000, 0xbfe0_0000])
    #expect(part.entryCount == 3 && part.sameCount == 1)
    // The same without a table of the process's own.
    let bare = try ComparisonBench(.armLPAE)
    try bare.map(0xbf00_0000, in: bare.kernel)
    #expect(try bare.compare().kernelPart.entries.map(\.verdict) == [.deferred])
    // And without one of the kernel's.
    try bare.map(0xbf20_0000, in: bare.process)
    try bare.set(0, of: 0xbf00_0000, depth: 0, in: bare.kernel.root)
    try bare.map(0xc000_0000, in: bare.kernel)
    let stale = try bare.compare().kernelPart.entries(.stale)
    #expect(stale.map(\.depth) == [1] && stale.map(\.first.rawValue) == [0xbf20_0000])
  }

  @Test("AArch64: the roots are separate")
  func separate() throws {
    let bench = try ComparisonBench(.aarch64)
    try bench.map(0xffff_0000_0000_0000, in: bench.kernel)
    let result = try bench.compare()
    #expect(result.sharing == .separateRoots && !result.differs)
    #expect(result.kernelPart == (try bench.compare().kernelPart) && result.kernelPart.entryCount == 0)
  }
}
