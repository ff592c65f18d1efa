import PageTableEditing
import PageTables
import Testing

@Suite("Tables without entries that many entries share")
struct SharedEmptyTests {
  /// What Linux has on LoongArch where nothing is mapped: a table without entries for each level, which the
  /// one above names throughout. The lower root is at 1 MiB, the others follow it.
  private func emptySpace(_ test: FormatCase) throws -> (bench: Bench, walker: Walker<PagingFormat>) {
    let format = test.format.paging
    let bench = try Bench(test.format)
    let byteCount = UInt64(format.level(0).tableByteCount)
    for depth in 0..<UInt64(format.levelCount - 1) {
      let table = 1 << 20 + depth * byteCount
      for index in 0..<byteCount / 8 {
        try bench.memory.store(
          entry: 0x9000_0000_0000_0000 | (table + byteCount), byteCount: 8, order: .little,
          at: PhysicalAddress(table + index * 8))
      }
    }
    return (bench, Walker(format: format, root: PageTableRoot(PhysicalAddress(1 << 20))))
  }

  private static let formats = FormatCase.all.filter { $0.testDescription.hasPrefix("loongarch") }

  @Test("they are read a few times, not for every entry that names them", arguments: formats)
  func empty(_ test: FormatCase) throws {
    let (bench, walker) = try emptySpace(test)
    var collector = RangeCollector()
    let summary = walker.ranges(in: bench.memory, into: &collector)
    #expect(summary.isComplete)
    #expect(summary.tableCount < 20)
    #expect(
      collector.ranges.map(\.content) == [
        .gap(.notPresent(NotPresentState(.none))), .gap(.nonCanonical),
        .gap(.notPresent(NotPresentState(.none))),
      ])
  }

  @Test("what is mapped between them is found, wherever it is", arguments: formats)
  func mapped(_ test: FormatCase) throws {
    let (bench, walker) = try emptySpace(test)
    let format = test.format.paging
    let byteCount = UInt64(format.level(0).tableByteCount)
    let addresses = [3, 1 << 30, 1 << 32].map { UInt64($0) << UInt64(format.pageSizeBits) }
    var table = 4 << 20 as UInt64
    for (number, address) in addresses.enumerated() {
      // A path of tables of its own, in which all else is as before.
      var place = 1 << 20 as UInt64
      for depth in 0..<format.levelCount {
        let level = format.level(depth)
        let index = address >> UInt64(level.shift) & (1 << UInt64(level.indexBits) - 1)
        let isLast = depth + 1 == format.levelCount
        if !isLast {
          try bench.memory.store(
            entry: 0x9000_0000_0000_0000 | table, byteCount: 8, order: .little,
            at: PhysicalAddress(place + index * 8))
          let empty = 1 << 20 + UInt64(depth + 1) * byteCount
          for other in 0..<byteCount / 8 where depth + 2 < format.levelCount {
            try bench.memory.store(
              entry: empty + byteCount, byteCount: 8, order: .little, at: PhysicalAddress(table + other * 8))
          }
          place = table
          table += byteCount
        } else {
          try bench.memory.store(
            entry: UInt64(number + 1) << 24 | 0x1d3, byteCount: 8, order: .little,
            at: PhysicalAddress(place + index * 8))
        }
      }
    }
    var collector = RangeCollector()
    let summary = walker.ranges(
      through: VirtualAddress(0x7fff_ffff_ffff), in: bench.memory, into: &collector)
    #expect(summary.isComplete)
    #expect(summary.tableCount < 100)
    #expect(collector.ranges.filter { $0.mapping != nil }.map(\.first.rawValue) == addresses)
    #expect(collector.ranges.count == 2 * addresses.count + 1)
  }
}
