import PageTableEditing
import PageTables
import Testing

@testable import LinuxKernel

@Suite("Statistics of page tables")
struct TableStatisticsTests {
  private func statistics(_ system: SmallSystem) -> TableStatistics {
    TableStatistics(system.tables, ram: system.ram, in: system)
  }

  @Test("the tables of all levels are those that an enumeration enters, with what it shares")
  func tablesOfAnEnumeration() throws {
    let system = try SmallSystem()
    let result = statistics(system)
    #expect(result.isComplete)
    for (space, root) in zip(result.spaces, [system.kernel.root, system.first.root, system.second.root]) {
      var counter = EntryCounter()
      let summary = Walker(format: system.format.paging, root: root).enumerate(in: system, visitor: &counter)
      // A root is entered for each of its halves; of what is shared only the uppermost table is met.
      let owned = space.tableCount + (space.pid == nil ? 1 : 0)
      if space.pid == nil { #expect(owned == summary.tableCount) }
      #expect(space.tableCount <= summary.tableCount)
    }
    // The master's are counted once.
    #expect(result.spaces[1].levels.map(\.tableCount) == [1, 1, 1, 2])
    #expect(result.spaces[2].levels.map(\.tableCount) == [1, 1, 1, 2])
    #expect(result.spaces[1].sharedTableCount == 3)
    #expect(result.total.tableCount == result.spaces.reduce(0) { $0 + $1.tableCount })
    #expect(result.total.tableByteCount == UInt64(result.total.tableCount) * 4096)
    // All frames that the source of frames gave out are tables.
    #expect(result.total.tableCount == system.frames.allocatedCount)
  }

  @Test("leaves are counted by size, and frames of several processes as shared")
  func leaves() throws {
    let system = try SmallSystem()
    let result = statistics(system)
    #expect(result.spaces[1].leaves == [LeafUsage(pageSizeBytes: 4096, byteCount: 0x1_0000)])
    // The code's eight pages are in both, the data's in one each.
    #expect(result.userFrameCount == 24)
    #expect(result.sharedFrameCount == 8)
    // The linear map, the image, the two vmalloc areas.
    let kernel = result.spaces[0].leaves.reduce(UInt64(0)) { $0 + $1.byteCount }
    #expect(kernel == SmallSystem.ramBytes + 4 << 20 + 0x8000)
  }

  @Test("sparse, full and foldable tables are told apart")
  func occupancy() throws {
    let system = try SmallSystem()
    let user: Access = [.kernelRead, .kernelWrite, .userRead, .userWrite]
    // A full table of writable pages, one of read-only pages, and one page alone.
    try system.mapRange(
      system.first, 0x7000_0000_0000, to: 0x380_0000, byteCount: 2 << 20, user, largest: 12)
    try system.mapRange(
      system.first, 0x7000_0020_0000, to: 0x380_0000, byteCount: 2 << 20, [.kernelRead, .userRead],
      largest: 12)
    try system.mapRange(system.first, 0x7000_0040_0000, to: 0x380_0000, byteCount: 0x1000, user)
    let space = statistics(system).spaces[1]
    #expect(space.occupancy == [0, 1, 2, 0, 0, 2])
    #expect(space.sparseTableCount == 1)
    #expect(space.foldableTableCount == 1)
    #expect(space.foldableByteCount == 4096)
  }

  @Test("two hardware tables of ARM lie in one page, and count as one page")
  func armAllocation() throws {
    let format = EditingFormat(.arm)
    var memory = try SparseMemory(byteCount: 1 << 20)
    var frames = SequentialFrames(from: PhysicalAddress(1 << 16), byteCount: 1 << 19)
    let editor = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &frames)
    for address: UInt64 in [0x10_0000, 0x20_0000, 0x30_0000] {
      try editor.map(
        VirtualAddress(address), to: PhysicalAddress(0x8_0000), sizeBits: 12,
        access: [.kernelRead, .userRead], in: &memory, frames: &frames)
    }
    let snapshot = Snapshot(memory)
    let tables = PageTableSet(
      format: .arm, master: nil, processes: [ProcessTables(pid: 1, command: "init", root: editor.root)])
    let result = TableStatistics(
      tables, ram: [RAMRange(first: PhysicalAddress(0), last: PhysicalAddress(0xf_ffff))], in: snapshot)
    // The pair for 2 MiB has both of its entries.
    #expect(result.total.levels.map(\.tableCount) == [1, 4])
    #expect(result.total.levels.map(\.byteCount) == [16384, 8192])
  }

  @Test("forged tables are counted once and end")
  func hostile() throws {
    let system = try SmallSystem()
    let frame: UInt64 = 0x3a0_0000
    for index in UInt64(0)..<512 { try system.store(frame | 0x67, at: PhysicalAddress(frame + index * 8)) }
    try system.store(frame | 0x67, at: system.first.root.lower.advanced(byBytes: 8 * 100))
    let result = statistics(system)
    #expect(!result.isComplete)
    #expect(result.spaces[1].tableCount < 10)
  }
}

/// Counts nothing: an enumeration's summary is what is asked for.
private struct EntryCounter: TableVisitor {
  mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition) {}
  mutating func visitEntry(
    _ entry: UInt64, ruleIndex: Int, first: VirtualAddress, last: VirtualAddress, position: TablePosition
  ) {}
  mutating func visitStop(first: VirtualAddress, last: VirtualAddress, reason: StopReason, depth: Int) {}
}
