import PageTableEditing
import PageTables
import TestMemory
import Testing

@Suite("Mapping")
struct MappingTests {
  @Test(
    "what is mapped the walker gives back: address, size and rights, in every leaf size and region",
    arguments: FormatCase.allShapes)
  func mapThenTranslate(_ test: FormatCase) throws {
    var random = SeededGenerator(seed: 7)
    let paging = test.format.paging
    var mappedCount = 0
    for regionIndex in 0..<paging.regionCount {
      let region = paging.region(regionIndex)
      for kind in test.format.kinds where kind.depth >= Int(region.firstDepth) {
        let size: UInt64 = 1 << UInt64(kind.sizeBits)
        for access in test.format.expressibleAccesses(sizeBits: kind.sizeBits) {
          let bench = try Bench(test.format, seed: random.next(), megabytes: 8)
          let address =
            UInt64.random(
              in: region.first.rawValue...region.last.rawValue, using: &random) & ~(size - 1)
          // The smallest kind of the size decides what every rule of it can hold.
          let target = random.next() & kind.addressMask
          try bench.map(address, to: target, sizeBits: kind.sizeBits, access: access)
          for offset in [0, size - 1, size / 2, random.next() & (size - 1)] {
            let mapping = try #require(bench.mapping(at: address + offset))
            #expect(mapping.physical == PhysicalAddress(target + offset))
            #expect(mapping.pageSizeBits == kind.sizeBits)
            #expect(mapping.access == access)
          }
          mappedCount += 1
        }
      }
    }
    #expect(mappedCount > 0)
  }

  @Test("the first and the last page of every region can be mapped", arguments: FormatCase.allShapes)
  func edges(_ test: FormatCase) throws {
    let bench = try Bench(test.format)
    let paging = test.format.paging
    let access = try #require(test.accesses.first)
    for index in 0..<paging.regionCount {
      let region = paging.region(index)
      let last = region.last.rawValue - (test.pageSize - 1)
      try bench.map(region.first.rawValue, to: 0, sizeBits: test.pageSizeBits, access: access)
      try bench.map(last, to: test.pageSize, sizeBits: test.pageSizeBits, access: access)
      #expect(bench.mapping(at: region.last.rawValue)?.physical.rawValue == 2 * test.pageSize - 1)
      #expect(bench.mapping(at: region.first.rawValue)?.physical.rawValue == 0)
    }
  }

  @Test(
    "a range is mapped with the largest pages that fit, and every byte of it", arguments: FormatCase.allShapes
  )
  func mapRange(_ test: FormatCase) throws {
    let sizes = test.format.leafSizes
    // A size above the smallest, if there is one.
    let largeBits = sizes.first { $0 > test.pageSizeBits && $0 <= 25 } ?? test.pageSizeBits
    let large: UInt64 = 1 << UInt64(largeBits)
    let access = try #require(
      test.accesses.first { test.format.canExpress($0, sizeBits: largeBits) })
    let template = try test.format.template(access)
    let bench = try Bench(test.format)
    let first = large * 4 - 3 * test.pageSize
    let byteCount = 2 * large + 5 * test.pageSize
    try bench.editor.mapRange(
      VirtualAddress(first), to: PhysicalAddress(first + 8 * large), byteCount: byteCount,
      largestSizeBits: largeBits, as: template, in: &bench.memory, frames: &bench.frames)
    var offset: UInt64 = 0
    while offset < byteCount {
      let mapping = try #require(bench.mapping(at: first + offset))
      #expect(mapping.physical.rawValue == first + offset + 8 * large)
      let isMiddle = offset >= 3 * test.pageSize && offset < 3 * test.pageSize + 2 * large
      #expect(mapping.pageSizeBits == (isMiddle ? largeBits : test.pageSizeBits))
      offset += test.pageSize
    }
    #expect(bench.mapping(at: first - 1) == nil)
    #expect(bench.mapping(at: first + byteCount) == nil)
  }

  @Test("new entries are accessed, and dirty if writable", arguments: FormatCase.all)
  func marks(_ test: FormatCase) throws {
    for kind in test.format.kinds where kind.accessedMask != 0 {
      for access in test.format.expressibleAccesses(sizeBits: kind.sizeBits) {
        let bench = try Bench(test.format, megabytes: 8)
        try bench.map(0, to: 0, sizeBits: kind.sizeBits, access: access)
        let depth = kind.depth
        let entry = try bench.editor.entry(at: depth, for: VirtualAddress(0), in: bench.memory)
        #expect(entry & kind.accessedMask == kind.accessedMask)
        #expect(
          (entry & kind.dirtyMask == kind.dirtyMask) == (access.intersects(.write) || kind.dirtyMask == 0))
        try bench.editor.mark(VirtualAddress(0), accessed: false, dirty: false, in: &bench.memory)
        let cleared = try bench.editor.entry(at: depth, for: VirtualAddress(0), in: bench.memory)
        #expect(cleared == entry & ~(kind.accessedMask | kind.dirtyMask))
      }
    }
  }

  @Test("x86-64 entries are the ones that the manual describes")
  func x86Entries() throws {
    let bench = try Bench(FormatCase.named("x86-64").format)
    let userPage: Access = [.kernelRead, .kernelWrite, .userRead, .userWrite]
    try bench.map(0x40_0000, to: 0x1234_5000, sizeBits: 12, access: userPage)
    try bench.map(
      0xffff_8880_4000_0000, to: 0x4000_0000, sizeBits: 30, access: [.kernelRead, .kernelExecute],
      attributes: EntryAttributes(fields: [.init("global"), .init("PAT")]))
    let editor = bench.editor
    #expect(
      try editor.entry(at: 3, for: VirtualAddress(0x40_0000), in: bench.memory) == 0x8000_0000_1234_5067)
    // Present, accessed, large, global; PAT is bit 12 in a large page.
    #expect(
      try editor.entry(at: 1, for: VirtualAddress(0xffff_8880_4000_0000), in: bench.memory) == 0x4000_11a1)
    // Tables allow everything.
    #expect(try editor.entry(at: 0, for: VirtualAddress(0), in: bench.memory) & 0x8000_0000_0000_0fff == 7)
  }

  @Test("frames may hold anything before they become tables", arguments: FormatCase.allShapes)
  func dirtyFrames(_ test: FormatCase) throws {
    var memory = try SparseMemory(byteCount: 4 << 20)
    var random = SeededGenerator(seed: 9)
    for offset in stride(from: 0, to: 4 << 20 as UInt64, by: 8) {
      try memory.store(entry: random.next(), byteCount: 8, order: .little, at: PhysicalAddress(offset))
    }
    var frames = ScatteredFrames(from: PhysicalAddress(0), byteCount: 4 << 20, seed: 2)
    let editor = try PageTableEditor(makingRootsFor: test.format, in: &memory, frames: &frames)
    let access = try #require(test.accesses.first)
    let template = try test.format.template(access)
    let region = test.format.paging.region(0)
    try editor.map(
      region.first, to: PhysicalAddress(0), sizeBits: test.pageSizeBits, as: template, in: &memory,
      frames: &frames)
    // Every other entry of every table on the way is empty: the next span at each level is.
    for depth in Int(region.firstDepth)..<test.format.paging.levelCount {
      let span: UInt64 = 1 << UInt64(test.format.paging.level(depth).shift)
      for number in 1...7 as ClosedRange<UInt64> where number * span <= region.last.rawValue {
        let address = VirtualAddress(number * span)
        let outcome = editor.walker.translate(address, in: memory).outcome
        #expect(outcome == .stopped(.notPresent(NotPresentState(.none))))
      }
    }
    #expect(editor.walker.translate(region.first, in: memory).mapping?.access == access)
  }

  @Test("a swap entry may be overwritten by a page", arguments: FormatCase.all)
  func swapIn(_ test: FormatCase) throws {
    let bench = try Bench(test.format)
    let access = try #require(test.accesses.first)
    try bench.editor.setNotPresent(
      NotPresentState(.swap, type: 2, offset: 77), at: VirtualAddress(0), in: &bench.memory,
      frames: &bench.frames)
    try bench.map(0, to: 0, sizeBits: test.pageSizeBits, access: access)
    #expect(bench.mapping(at: 0)?.access == access)
  }
}
