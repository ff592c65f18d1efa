import PageTableEditing
import PageTables
import TestMemory
import Testing

@Suite("Unmapping, protecting, splitting, freeing")
struct UnmapTests {
  @Test("unmapping leaves no entry behind, and the neighbours alone", arguments: FormatCase.allShapes)
  func unmap(_ test: FormatCase) throws {
    let access = try #require(test.accesses.first)
    for kind in test.format.kinds where test.format.canExpress(access, sizeBits: kind.sizeBits) {
      let region = test.format.paging.region(0)
      let size: UInt64 = 1 << UInt64(kind.sizeBits)
      guard kind.depth >= Int(region.firstDepth), region.last.rawValue / 4 >= size else { continue }
      let bench = try Bench(test.format, megabytes: 8)
      for page in 0..<3 as Range<UInt64> {
        try bench.map(page * size, to: page * size, sizeBits: kind.sizeBits, access: access)
      }
      try bench.unmap(size, byteCount: size)
      #expect(bench.stop(at: size) == .notPresent(NotPresentState(.none)))
      #expect(bench.stop(at: 2 * size - 1) == .notPresent(NotPresentState(.none)))
      #expect(bench.mapping(at: size - 1)?.physical.rawValue == size - 1)
      #expect(bench.mapping(at: 2 * size)?.physical.rawValue == 2 * size)
    }
  }

  @Test("a range over holes, small and large pages is emptied in one go", arguments: FormatCase.allShapes)
  func unmapMixed(_ test: FormatCase) throws {
    let bench = try Bench(test.format)
    let access = try #require(test.accesses.first)
    let page = test.pageSize
    let sizes = test.format.leafSizes.filter { test.format.canExpress(access, sizeBits: $0) && $0 <= 31 }
    var addresses: [UInt64] = []
    var next: UInt64 = page * 7
    for sizeBits in sizes {
      let size: UInt64 = 1 << UInt64(sizeBits)
      next = (next + 2 * size) & ~(size - 1)
      guard next + size <= test.format.paging.region(0).last.rawValue / 2 else { continue }
      try bench.map(next, to: 0, sizeBits: sizeBits, access: access)
      addresses.append(next)
      next += size
    }
    let end = (next + page) & ~(page - 1)
    try bench.map(end, to: page, sizeBits: test.pageSizeBits, access: access)
    try bench.unmap(page, byteCount: end - page)
    for address in addresses { #expect(bench.mapping(at: address) == nil) }
    #expect(bench.mapping(at: end)?.physical.rawValue == page)
  }

  @Test("protecting changes the rights and nothing else", arguments: FormatCase.allShapes)
  func protect(_ test: FormatCase) throws {
    var random = SeededGenerator(seed: 11)
    for kind in test.format.kinds {
      let region = test.format.paging.region(0)
      guard kind.depth >= Int(region.firstDepth) else { continue }
      let size: UInt64 = 1 << UInt64(kind.sizeBits)
      let accesses = test.format.expressibleAccesses(sizeBits: kind.sizeBits)
      let bench = try Bench(test.format, megabytes: 8)
      let target = random.next() & kind.addressMask
      // Where Linux's entries hold "dirty", a clean page stays read-only for the hardware.
      try bench.map(
        0, to: target, sizeBits: kind.sizeBits, access: try #require(accesses.first),
        attributes: EntryAttributes(isDirty: true))
      for access in accesses.shuffled(using: &random) + accesses.shuffled(using: &random) {
        let before = try bench.editor.entry(at: kind.depth, for: VirtualAddress(0), in: bench.memory)
        let count = try bench.editor.protect(
          VirtualAddress(0), byteCount: size, access: access, in: &bench.memory)
        #expect(count == 1)
        let mapping = try #require(bench.mapping(at: size - 1))
        #expect(mapping.access == access)
        #expect(mapping.physical.rawValue == target + size - 1)
        #expect(mapping.pageSizeBits == kind.sizeBits)
        let after = try bench.editor.entry(at: kind.depth, for: VirtualAddress(0), in: bench.memory)
        #expect((before ^ after) & (kind.accessedMask | kind.dirtyMask) == 0)
      }
    }
  }

  @Test("protecting passes over holes and swap entries", arguments: FormatCase.all)
  func protectHoles(_ test: FormatCase) throws {
    let bench = try Bench(test.format)
    let page = test.pageSize
    let first = try #require(test.accesses.first)
    let last = try #require(test.accesses.last)
    try bench.map(0, to: 0, sizeBits: test.pageSizeBits, access: first)
    try bench.map(3 * page, to: page, sizeBits: test.pageSizeBits, access: first)
    let swap = NotPresentState(.swap, type: 1, offset: 5)
    try bench.editor.setNotPresent(
      swap, at: VirtualAddress(page), in: &bench.memory, frames: &bench.frames)
    let count = try bench.editor.protect(
      VirtualAddress(0), byteCount: 8 * page, access: last, in: &bench.memory)
    #expect(count == 2)
    #expect(bench.mapping(at: 0)?.access == last)
    #expect(bench.mapping(at: 3 * page)?.access == last)
    #expect(bench.mapping(at: page) == nil)
  }

  @Test("a split page maps what it mapped, in smaller pages", arguments: FormatCase.allShapes)
  func split(_ test: FormatCase) throws {
    var random = SeededGenerator(seed: 3)
    for kind in test.format.kinds where kind.sizeBits > test.pageSizeBits && kind.sizeBits <= 30 {
      let region = test.format.paging.region(0)
      guard kind.depth >= Int(region.firstDepth) else { continue }
      let size: UInt64 = 1 << UInt64(kind.sizeBits)
      for access in test.format.expressibleAccesses(sizeBits: kind.sizeBits)
      where test.format.leafSizes.allSatisfy({ test.format.canExpress(access, sizeBits: $0) }) {
        let bench = try Bench(test.format, megabytes: 8)
        // The upper bits of a supersection's address have no place in a section.
        let target = random.next() & kind.addressMask & 0xffff_ffff
        try bench.map(0, to: target, sizeBits: kind.sizeBits, access: access)
        let address = (size / 2 + test.pageSize) & ~(test.pageSize - 1)
        try bench.split(at: address)
        for probe in [0, address - 1, address, address + test.pageSize, size - 1] {
          let mapping = try #require(bench.mapping(at: probe))
          #expect(mapping.physical.rawValue == target + probe)
          #expect(mapping.access == access)
          #expect(mapping.pageSizeBits < kind.sizeBits)
        }
        try bench.unmap(address, byteCount: test.pageSize)
        #expect(bench.mapping(at: address) == nil)
        #expect(bench.mapping(at: address - 1)?.physical.rawValue == target + address - 1)
      }
    }
  }

  @Test("empty tables are given back, all of them, and used ones stay", arguments: FormatCase.allShapes)
  func freeTables(_ test: FormatCase) throws {
    let bench = try Bench(test.format)
    let access = try #require(test.accesses.first)
    let rootCount = bench.frames.allocatedCount
    let paging = test.format.paging
    for index in 0..<paging.regionCount {
      let region = paging.region(index)
      let byteCount = (region.last.rawValue - region.first.rawValue) & ~(test.pageSize - 1)
      let middle = region.first.rawValue + byteCount / 2 & ~(test.pageSize - 1)
      try bench.map(region.first.rawValue, to: 0, sizeBits: test.pageSizeBits, access: access)
      try bench.map(middle, to: 0, sizeBits: test.pageSizeBits, access: access)
      let full = bench.frames.allocatedCount
      try bench.editor.freeEmptyTables(
        region.first, byteCount: byteCount, in: &bench.memory, frames: &bench.frames)
      #expect(bench.frames.allocatedCount == full)
      try bench.unmap(middle, byteCount: test.pageSize)
      try bench.editor.freeEmptyTables(
        region.first, byteCount: byteCount, in: &bench.memory, frames: &bench.frames)
      #expect(bench.frames.allocatedCount < full)
      #expect(bench.mapping(at: region.first.rawValue)?.physical.rawValue == 0)
      try bench.unmap(region.first.rawValue, byteCount: test.pageSize)
      try bench.editor.freeEmptyTables(
        region.first, byteCount: byteCount, in: &bench.memory, frames: &bench.frames)
      #expect(bench.frames.allocatedCount == rootCount)
    }
  }

  @Test("a table with a swap entry is not empty", arguments: FormatCase.all)
  func swapKeepsTable(_ test: FormatCase) throws {
    let bench = try Bench(test.format)
    let swap = NotPresentState(.swap, type: 1, offset: 5)
    try bench.editor.setNotPresent(swap, at: VirtualAddress(0), in: &bench.memory, frames: &bench.frames)
    let freed = try bench.editor.freeEmptyTables(
      VirtualAddress(0), byteCount: test.pageSize, in: &bench.memory, frames: &bench.frames)
    #expect(freed == 0)
    try bench.unmap(0, byteCount: test.pageSize)
    let later = try bench.editor.freeEmptyTables(
      VirtualAddress(0), byteCount: test.pageSize, in: &bench.memory, frames: &bench.frames)
    #expect(later > 0)
  }
}
