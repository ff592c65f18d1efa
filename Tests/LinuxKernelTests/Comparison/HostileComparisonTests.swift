import LinuxKernel
import PageTableEditing
import PageTables
import TestMemory
import Testing

@Suite("Comparisons of tables that are missing, forged or noise")
struct HostileComparisonTests {
  @Test("a process's root that cannot be read is told, entry by entry", arguments: CopyCase.all)
  func missingProcess(_ example: CopyCase) throws {
    let bench = try example.bench()
    let place = try bench.place(of: example.early, depth: example.depth, in: bench.process.root)
    let memory = FaultyMemory(try bench.snapshot(), faults: [place.rawValue & ~4095: .excluded])
    var comparison = try KernelComparison(
      of: bench.tables, kernelStart: VirtualAddress(example.first), in: memory)
    let result = comparison.compare(bench.tables.processes[0], in: memory)
    #expect(!result.isComplete)
    #expect(result.kernelPart.sameCount == 0)
    let unread = result.kernelPart.entries(.unreadable)
    #expect(unread.contains { $0.first.rawValue <= example.early && $0.last.rawValue >= example.early })
    #expect(unread.allSatisfy { $0.why?.hasSuffix("the process's: left out of the image") == true })
  }

  @Test("a kernel page table that cannot be read is told, too")
  func missingMaster() throws {
    let example = CopyCase.all[4]
    let bench = try example.bench()
    let memory = FaultyMemory(
      try bench.snapshot(), faults: [bench.kernel.root.lower.rawValue: .truncated])
    var comparison = try KernelComparison(of: bench.tables, in: memory)
    let part = comparison.compare(bench.tables.processes[0], in: memory).kernelPart
    #expect(part.entryCount == 0)
    #expect(part.entries.map(\.verdict) == [.unreadable])
    #expect(part.entries.first?.why == "the kernel page table's: beyond the end of the file")
    #expect(part.entries.first?.first == VirtualAddress(example.first))
    #expect(part.entries.first?.last == VirtualAddress(.max))
  }

  @Test("of a root of four pages only the missing one is missing")
  func partOfRoot() throws {
    let example = CopyCase.all[2]
    let bench = try example.bench()
    try bench.map(0xffff_0000, in: bench.kernel)
    let fault = bench.process.root.lower.rawValue + 0x3000
    let memory = FaultyMemory(try bench.snapshot(), faults: [fault: .outsideRAM])
    var comparison = try KernelComparison(of: bench.tables, in: memory)
    let part = comparison.compare(bench.tables.processes[0], in: memory).kernelPart
    // Entries 3072 on are the last page; those of modules are before it.
    #expect(part.entries.map(\.verdict) == [.unreadable])
    #expect(part.entries.first?.index == 3072)
    #expect(comparison.half.start == VirtualAddress(0xbf00_0000))
  }

  @Test("roots outside of memory give an answer")
  func outside() throws {
    let bench = try CopyCase.all[4].bench()
    var tables = bench.tables
    tables.processes[0].root = PageTableRoot(PhysicalAddress(.max - 4095))
    var comparison = try KernelComparison(of: tables, in: bench.memory)
    let part = comparison.compare(tables.processes[0], in: bench.memory).kernelPart
    #expect(part.sameCount == 0 && !part.isComplete)
  }

  @Test("tables that name themselves end", arguments: CopyCase.all)
  func loops(_ example: CopyCase) throws {
    let bench = try example.bench(rootSizeBits: 14)
    for root in [bench.kernel.root, bench.process.root] {
      // The root's own address in the place of every table.
      let entry = try bench.entry(of: example.early, depth: 0, in: bench.kernel.root)
      let level = example.format.level(0)
      let rule = level.rule(for: entry).rule
      let own = entry & ~rule.address.entryMask | rule.address.entryBits(of: root.lower)
      let count = UInt64(1) << UInt64(example.format.region(0).firstIndexBits)
      for index in 0..<count {
        try bench.memory.store(
          entry: own, byteCount: Int(level.entryByteCount), order: .little,
          at: root.lower.advanced(byBytes: index * UInt64(level.entryByteCount)))
      }
    }
    let part = try bench.compare(kernelStart: example.first).kernelPart
    #expect(part.sameCount < part.entryCount || !part.entries.isEmpty)
    #expect(part.differs)
  }

  @Test("noise ends, stays in the kernel's addresses, and counts add up", arguments: CopyCase.all)
  func noise(_ example: CopyCase) throws {
    // Addresses below 16 MiB, so that tables are often the same.
    let memory = GarbageMemory(
      seed: 1, setBits: example.format.levelCount == 2 ? 1 : 3, keptBits: 0xff_f0ff)
    let tables = PageTableSet(
      format: example.format, master: PageTableRoot(PhysicalAddress(0x4000)),
      processes: [ProcessTables(pid: 1, command: "noise", root: PageTableRoot(PhysicalAddress(0x10_0000)))])
    var comparison = try KernelComparison(
      of: tables, kernelStart: VirtualAddress(example.first), in: memory)
    let part = comparison.compare(tables.processes[0], in: memory).kernelPart
    var counted = 0
    for entry in part.entries {
      #expect(entry.first.rawValue >= example.first && entry.last >= entry.first)
      let isOwnTable = entry.why?.contains("of its own here") == true
      if entry.master != nil, !isOwnTable { counted += 1 }
    }
    #expect(part.entryCount - part.sameCount == counted)
    #expect(part.entryCount > 0)
  }
}
