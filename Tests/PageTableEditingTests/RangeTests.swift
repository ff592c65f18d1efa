import PageTableEditing
import PageTables
import TestMemory
import Testing

@Suite("Ranges")
struct RangeTests {
  /// A space with pages of every size and of several rights, so crowded that ranges merge.
  private func filled(_ test: FormatCase, seed: UInt64) throws -> Bench {
    let bench = try Bench(test.format, seed: seed)
    var random = SeededGenerator(seed: seed)
    let accesses = Array(test.accesses.prefix(3))
    for region in 0..<test.format.paging.regionCount {
      let region = test.format.paging.region(region)
      for kind in test.format.kinds where kind.depth >= Int(region.firstDepth) && kind.sizeBits <= 40 {
        let size: UInt64 = 1 << UInt64(kind.sizeBits)
        let places = (region.last.rawValue - region.first.rawValue) / size
        // A page that is a large part of the space would leave no room for others.
        guard places >= 16 else { continue }
        for _ in 0..<12 {
          let start = region.first.rawValue &+ UInt64.random(in: 0...places, using: &random) * size
          // The same neighbourhood in physical memory, so that pages in a row are contiguous there, too.
          for page in 0..<UInt64.random(in: 1...6, using: &random) {
            let address = start &+ page * size
            guard address &- 1 < region.last.rawValue || address == start else { break }
            try? bench.map(
              address, to: (page << UInt64(kind.sizeBits)) & 0x3fff_ffff & ~(size - 1),
              sizeBits: kind.sizeBits,
              access: accesses.randomElement(using: &random) ?? .all)
          }
        }
      }
    }
    return bench
  }

  @Test("ranges tile the whole space, in order and without overlap", arguments: FormatCase.allShapes)
  func tile(_ test: FormatCase) throws {
    let bench = try filled(test, seed: 7)
    let ranges = bench.editor.walker.ranges(in: bench.memory)
    let last: UInt64 = test.format.paging.addressBits == 64 ? .max : 0xffff_ffff
    #expect(ranges.first?.first.rawValue == 0)
    #expect(ranges.last?.last.rawValue == last)
    for (left, right) in zip(ranges, ranges.dropFirst()) {
      #expect(right.first.rawValue == left.last.rawValue &+ 1)
    }
    #expect(ranges.filter { $0.mapping != nil }.count > 20)
  }

  @Test("ranges and translations agree at every border and inside", arguments: FormatCase.allShapes)
  func agree(_ test: FormatCase) throws {
    let bench = try filled(test, seed: 8)
    var random = SeededGenerator(seed: 8)
    for range in bench.editor.walker.ranges(in: bench.memory) {
      let inside = UInt64.random(in: range.first.rawValue...range.last.rawValue, using: &random)
      for address in [range.first.rawValue, inside, range.last.rawValue] {
        let translation = bench.editor.walker.translate(VirtualAddress(address), in: bench.memory)
        switch (range.content, translation.outcome) {
        case (.mapped(let mapped), .mapped(let mapping)):
          #expect(mapping.physical.rawValue == mapped.physical.rawValue &+ (address &- range.first.rawValue))
          #expect(mapping.pageSizeBits == mapped.pageSizeBits)
          #expect(mapping.access == mapped.access)
        case (.gap(let gap), .stopped(let reason)): #expect(gap == reason)
        default: Issue.record("\(String(address, radix: 16)): \(range.content), \(translation.outcome)")
        }
      }
    }
  }

  @Test("ranges are maximal: neighbours differ in more than accessed and dirty", arguments: FormatCase.all)
  func maximal(_ test: FormatCase) throws {
    let bench = try filled(test, seed: 9)
    let ranges = bench.editor.walker.ranges(in: bench.memory)
    for (left, right) in zip(ranges, ranges.dropFirst()) {
      switch (left.content, right.content) {
      case (.gap(let before), .gap(let after)): #expect(before != after)
      case (.mapped(let before), .mapped(let after)):
        let isContiguous = after.physical.rawValue == before.physical.rawValue &+ left.byteCount
        #expect(
          !isContiguous || before.pageSizeBits != after.pageSizeBits || before.access != after.access
            || before.ruleIndex != after.ruleIndex || before.entry != after.entry)
      default: break
      }
    }
  }

  @Test("a part of the space gives the ranges of the whole, cut at its ends", arguments: FormatCase.all)
  func parts(_ test: FormatCase) throws {
    let bench = try filled(test, seed: 10)
    let walker = bench.editor.walker
    let whole = walker.ranges(in: bench.memory)
    var random = SeededGenerator(seed: 10)
    for _ in 0..<20 {
      guard let some = whole.randomElement(using: &random), let other = whole.randomElement(using: &random)
      else { return }
      let ends = [some.first.rawValue &+ 5, other.last.rawValue &- 7].sorted()
      let part = walker.ranges(
        from: VirtualAddress(ends[0]), through: VirtualAddress(ends[1]), in: bench.memory)
      let overlapping = whole.filter { $0.last.rawValue >= ends[0] && $0.first.rawValue <= ends[1] }
      #expect(part.count == overlapping.count)
      for (cut, uncut) in zip(part, overlapping) {
        #expect(cut.first.rawValue == max(uncut.first.rawValue, ends[0]))
        #expect(cut.last.rawValue == min(uncut.last.rawValue, ends[1]))
      }
    }
  }

  @Test("pages in a row that differ only in accessed and dirty are one range")
  func ignoresAccessedAndDirty() throws {
    let bench = try Bench(try FormatCase.named("x86-64").format)
    for page in 0..<UInt64(1000) {
      try bench.map(
        0x40_0000 + page << 12, to: 0x10_0000 + page << 12, sizeBits: 12, access: .all,
        attributes: EntryAttributes(isAccessed: page % 3 == 0, isDirty: page % 5 == 0))
    }
    let mapped = bench.editor.walker.ranges(in: bench.memory).filter { $0.mapping != nil }
    #expect(mapped.count == 1)
    #expect(mapped.first?.byteCount == 1000 << 12)
  }

  @Test("a table that is its own ancestor is a loop, and the enumeration ends")
  func loop() throws {
    let bench = try Bench(try FormatCase.named("x86-64").format)
    try bench.map(0x1000, to: 0x5000, sizeBits: 12, access: .all)
    // Entry 510 of the top table names the top table, as a recursive mapping does.
    let root = bench.editor.root.lower
    try bench.memory.store(
      entry: root.rawValue | 7, byteCount: 8, order: .little, at: root.advanced(byBytes: 510 * 8))
    var collector = RangeCollector()
    let summary = bench.editor.walker.ranges(in: bench.memory, into: &collector)
    #expect(!summary.isComplete)
    #expect(collector.ranges.contains { $0.content == .gap(.loop) })
    // A translation follows it, as the hardware does.
    #expect(bench.mapping(at: 0xffff_ff7f_bfdf_e000)?.page == root)
  }

  @Test("an enumeration stops at its limit on tables and says so")
  func limit() throws {
    let bench = try Bench(try FormatCase.named("x86-64").format)
    for table in 0..<UInt64(10) { try bench.map(table << 21, to: 0x5000, sizeBits: 12, access: .all) }
    var collector = RangeCollector()
    let summary = bench.editor.walker.ranges(in: bench.memory, tableLimit: 6, into: &collector)
    #expect(summary == EnumerationSummary(tableCount: 6, isComplete: false))
    #expect(collector.ranges.contains { $0.content == .gap(.limit) })
  }

  @Test("a table outside RAM is a gap that says so, and its neighbours are told", arguments: FormatCase.all)
  func unreadableTable(_ test: FormatCase) throws {
    let bench = try Bench(test.format)
    let paging = test.format.paging
    let region = paging.region(0)
    let level = paging.level(Int(region.firstDepth))
    let span: UInt64 = 1 << UInt64(level.shift)
    try bench.map(region.first.rawValue, to: 0, sizeBits: test.pageSizeBits, access: test.accesses[0])
    // The second entry of the top table: the first's, with an address beyond RAM.
    let size = Int(level.entryByteCount)
    let first = try bench.memory.load(byteCount: size, order: .little, at: bench.editor.root[region.root])
    let beyond =
      level.rules.elements.first { $0.kind == .table }?.address.entryBits(of: PhysicalAddress(0x4000_0000))
      ?? 0
    try bench.memory.store(
      entry: first | beyond, byteCount: size, order: .little,
      at: bench.editor.root[region.root].advanced(byBytes: UInt64(size)))
    let ranges = bench.editor.walker.ranges(in: bench.memory)
    let gap = ranges.first { $0.first.rawValue <= span && $0.last.rawValue >= span }
    #expect(gap?.content == .gap(.unreadable(.outsideRAM)))
    #expect(ranges.first?.mapping != nil)
  }
}
