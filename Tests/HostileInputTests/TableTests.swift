import PageTables
import Testing

@Suite("Hostile tables")
struct TableTests {
  /// Present, writable, user, accessed, dirty.
  private static let flags: UInt64 = 0x67

  private func walker(_ format: PagingFormat = .x86_64, root: UInt64 = 0x1000) -> Walker<PagingFormat> {
    Walker(format: format, root: PageTableRoot(PhysicalAddress(root)))
  }

  private func ranges(
    _ walker: Walker<PagingFormat>, _ memory: TableBytes, from first: UInt64 = 0, through last: UInt64 = .max
  ) -> (ranges: [MappedRange], summary: EnumerationSummary) {
    var sink = RangeCollector()
    let summary = walker.ranges(
      from: VirtualAddress(first), through: VirtualAddress(last), in: memory, into: &sink)
    return (sink.ranges, summary)
  }

  @Test("a table that names itself ends a translation at the last level, and is a loop to an enumeration")
  func loop() {
    // Linux never does this, but Windows does on purpose: entry 0 names the table it is in.
    let memory = TableBytes(byteCount: 0x2000, entries: [0x1000: 0x1000 | Self.flags])
    let answer = walker().translate(VirtualAddress(0x123), in: memory)
    #expect(answer.steps.count == 4)
    #expect(answer.mapping?.physical == PhysicalAddress(0x1123))
    let found = ranges(walker(), memory, through: 0x7fff_ffff_ffff)
    #expect(!found.summary.isComplete)
    #expect(found.summary.tableCount == 1)
    #expect(found.ranges.first?.content == .gap(.loop))
    #expect(found.ranges.first?.last == VirtualAddress(0x7f_ffff_ffff))
  }

  @Test("tables that name each other are a loop at the second visit")
  func mutualLoop() {
    let memory = TableBytes(
      byteCount: 0x3000, entries: [0x1000: 0x2000 | Self.flags, 0x2000: 0x1000 | Self.flags])
    let found = ranges(walker(), memory, through: 0x7fff_ffff_ffff)
    #expect(found.summary.tableCount == 2)
    #expect(found.ranges.first?.content == .gap(.loop))
    #expect(found.ranges.first?.last == VirtualAddress(0x3fff_ffff))
  }

  @Test("tables that share tables stop at the limit, and say where")
  func limit() {
    // Every entry of every table but the last leads on: 512³ visits of four tables. The last maps one page.
    var entries: [UInt64: UInt64] = [0x4000: 0x5000 | Self.flags]
    for table: UInt64 in 1...3 {
      for index: UInt64 in 0..<512 { entries[table << 12 + index * 8] = (table + 1) << 12 | Self.flags }
    }
    let memory = TableBytes(byteCount: 0x5000, entries: entries)
    var sink = RangeCollector()
    let summary = walker().ranges(in: memory, tableLimit: 100, into: &sink)
    #expect(summary.tableCount == 100)
    #expect(!summary.isComplete)
    #expect(sink.ranges.contains { $0.content == .gap(.limit) })
    #expect(sink.ranges.last?.last == VirtualAddress(.max))
  }

  @Test("tables that share a table of nothing are told as empty, and the enumeration is complete")
  func nothing() {
    var entries: [UInt64: UInt64] = [:]
    for table: UInt64 in 1...3 {
      for index: UInt64 in 0..<512 { entries[table << 12 + index * 8] = (table + 1) << 12 | Self.flags }
    }
    let memory = TableBytes(byteCount: 0x5000, entries: entries)
    let found = ranges(walker(), memory, through: 0x7fff_ffff_ffff)
    #expect(found.summary.isComplete)
    #expect(found.summary.tableCount < 20)
    #expect(found.ranges.map(\.content) == [.gap(.notPresent(NotPresentState(.none)))])
  }

  struct Outside: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var entries: [UInt64: UInt64]
    var root: UInt64 = 0x1000
    var stepCount: Int

    static let all: [Outside] = [
      Outside(testDescription: "the root", entries: [:], root: 0xff_ffff_f000, stepCount: 1),
      Outside(testDescription: "a root near 2^64", entries: [:], root: .max & ~0xfff, stepCount: 1),
      Outside(testDescription: "the next table", entries: [0x1000: 0xdead_b000 | flags], stepCount: 2),
      Outside(
        testDescription: "the last table",
        entries: [
          0x1000: 0x2000 | flags, 0x2000: 0x3000 | flags, 0x3000: 0xf_ffff_ffff_f000 | flags,
        ], stepCount: 4),
      Outside(
        testDescription: "a table that begins in RAM and ends outside", entries: [0x1000: 0x3000 | flags],
        stepCount: 2),
    ]
  }

  @Test(
    "an entry that leads outside RAM is unreadable at that level, for one address and for ranges",
    arguments: Outside.all)
  func outside(test: Outside) {
    // 8 bytes short of four pages: the table at 3000 lacks its last entry, which the address asks for.
    let memory = TableBytes(byteCount: 0x4000 - 8, entries: test.entries)
    let address = VirtualAddress(test.testDescription.hasPrefix("a table") ? 0x7f_c000_0000 : 0)
    let walker = walker(root: test.root)
    let answer = walker.translate(address, in: memory)
    #expect(answer.outcome == .stopped(.unreadable(.outsideRAM)))
    #expect(answer.steps.count == test.stepCount)
    #expect(!walker.lookup(address, in: memory).isMapped)
    let found = ranges(walker, memory)
    #expect(!found.summary.isComplete)
    #expect(found.ranges.contains { $0.content == .gap(.unreadable(.outsideRAM)) })
  }

  @Test("a page outside RAM is still an answer: only its bytes are missing")
  func pageOutside() {
    let memory = TableBytes(
      byteCount: 0x5000,
      entries: [
        0x1000: 0x2000 | Self.flags, 0x2000: 0x3000 | Self.flags, 0x3000: 0x4000 | Self.flags,
        0x4000: 0xf_ffff_ffff_f000 | Self.flags,
      ])
    let answer = walker().translate(VirtualAddress(0xabc), in: memory)
    #expect(answer.mapping?.physical == PhysicalAddress(0xf_ffff_ffff_fabc))
    #expect(ranges(walker(), memory).summary.isComplete)
  }

  @Test("reserved bits stop the walk and are named")
  func reservedBits() {
    // A page of 1 GiB with address bits below its size.
    let memory = TableBytes(
      byteCount: 0x3000, entries: [0x1000: 0x2000 | Self.flags, 0x2000: 0x2_0000 | 0xe7])
    let answer = walker().translate(VirtualAddress(0), in: memory)
    #expect(answer.outcome == .stopped(.reservedBits(0x2_0000)))
    #expect(ranges(walker(), memory).ranges.first?.content == .gap(.reservedBits(0x2_0000)))
  }

  /// Found by the walk fuzzer: last-level tables came in whole entries.
  @Test(
    "ranges keep within the addresses that were asked for, also inside a page", arguments: [0x0, 0x1, 0x123])
  func unaligned(offset: UInt64) {
    let memory = TableBytes(
      byteCount: 0x6000,
      entries: [
        0x1000: 0x2000 | Self.flags, 0x2000: 0x3000 | Self.flags, 0x3000: 0x4000 | Self.flags,
        0x4000: 0x10_0000 | Self.flags, 0x4008: 0x10_1000 | Self.flags,
      ])
    let found = ranges(walker(), memory, from: offset, through: 0x1800 + offset).ranges
    #expect(found.count == 1)
    #expect(found.first?.first == VirtualAddress(offset))
    #expect(found.first?.last == VirtualAddress(0x1800 + offset))
    #expect(found.first?.mapping?.physical == PhysicalAddress(0x10_0000 + offset))
    let hole = ranges(walker(), memory, from: 0x2345, through: 0x2fff_fff0).ranges
    #expect(hole.first?.first == VirtualAddress(0x2345))
    #expect(hole.last?.last == VirtualAddress(0x2fff_fff0))
  }

  /// Found by the walk fuzzer: Alpha's frame number reaches bit 63, so no bit above it shows the carry.
  @Test("the highest frame and frame 0 are not one range, although one entry is the other plus one page")
  func wrappingFrames() {
    // Three tables of 8 KiB, then the entries of the pages 2 to 4: the last two frames and the first.
    var entries: [UInt64: UInt64] = [0x2000: 2 << 32 | 0x3301, 0x4000: 3 << 32 | 0x3301]
    for (index, frame) in [UInt64(0xffff_fffe), 0xffff_ffff, 0].enumerated() {
      entries[0x6010 + UInt64(index) * 8] = frame << 32 | 0x3301
    }
    let memory = TableBytes(byteCount: 0x8000, entries: entries)
    let found = ranges(walker(.alpha, root: 0x2000), memory, through: 0x3ff_ffff_ffff).ranges
    let mapped = found.compactMap { range in
      range.mapping.map { "\(range.first.rawValue) \(range.byteCount) \($0.physical.rawValue)" }
    }
    #expect(mapped == ["16384 16384 \(UInt64(0xffff_fffe) << 13)", "32768 8192 0"])
  }

  @Test("an encryption bit that a carry sets is no part of the address")
  func carryIntoEncryptionBit() {
    let mask: UInt64 = 1 << 47
    var entries: [UInt64: UInt64] = [
      0x1000: 0x2000 | Self.flags, 0x2000: 0x3000 | Self.flags, 0x3000: 0x4000 | Self.flags,
    ]
    entries[0x4010] = mask - 0x1000 | Self.flags
    entries[0x4018] = mask | Self.flags
    let memory = TableBytes(byteCount: 0x5000, entries: entries)
    let found = ranges(walker(.x86_64.masking(memoryEncryption: mask)), memory, through: 0x7fff_ffff_ffff)
    #expect(found.ranges.compactMap(\.mapping).map(\.physical.rawValue) == [mask - 0x1000, 0])
  }
}
