import PageTables
import TestMemory
import Testing

@Suite("Ranges")
struct RangeLawTests {
  @Test("ranges tile what was asked for, and say what a translation says", arguments: FormatCase.all)
  func tile(_ test: FormatCase) {
    let space = RandomSpace(test.format, seed: 5)
    let walker = Walker(format: test.format, root: space.root)
    var mapped = 0
    for address in space.addresses(count: 60) {
      let window = Window(around: address, of: 1 << (UInt64(test.format.pageSizeBits) + 3))
      let lastPossible = test.format.addressBits == 64 ? .max : UInt64(1) << test.format.addressBits - 1
      guard window.last.rawValue <= lastPossible else { continue }
      let ranges = walker.ranges(from: window.first, through: window.last, in: space.memory)
      #expect(ranges.first?.first == window.first)
      #expect(ranges.last?.last == window.last)
      for (left, right) in zip(ranges, ranges.dropFirst()) {
        #expect(right.first.rawValue == left.last.rawValue + 1)
      }
      for range in ranges {
        if case .gap(.loop) = range.content { continue }
        for address in [range.first, range.last] {
          let translation = walker.translate(address, in: space.memory)
          let offset = address.rawValue - range.first.rawValue
          let physical = range.mapping.map { $0.physical.advanced(byBytes: offset) }
          #expect(translation.mapping?.physical == physical)
          #expect(translation.mapping?.access == range.mapping?.access)
          #expect(translation.mapping?.pageSizeBits == range.mapping?.pageSizeBits)
        }
        mapped += range.mapping == nil ? 0 : 1
      }
    }
    // The law is empty where nothing is mapped.
    #expect(mapped > 0)
  }

  @Test("a table's ranges are its pages', merged as far as they go", arguments: FormatCase.all)
  func merge(_ test: FormatCase) {
    for seed in 0..<3 as Range<UInt64> {
      let space = RunSpace(test.format, seed: seed)
      let walker = Walker(format: test.format, root: space.root)
      let last = space.first.rawValue + (space.pageCount &<< space.pageBits) - 1
      let merged = walker.ranges(from: space.first, through: VirtualAddress(last), in: space.memory)
      var expected: [MappedRange] = []
      for page in 0..<space.pageCount {
        let first = space.first.rawValue + page &<< space.pageBits
        let pages = walker.ranges(
          from: VirtualAddress(first), through: VirtualAddress(first + (1 &<< space.pageBits) - 1),
          in: space.memory)
        for range in pages { append(range, to: &expected, of: test.format) }
      }
      // Only whether: the lists are long.
      let isSame = merged == expected
      #expect(isSame, "seed \(seed)")
      #expect(merged.count > 1 && merged.count < Int(space.pageCount))
    }
  }

  /// Merging as its definition says it.
  private func append(_ range: MappedRange, to ranges: inout [MappedRange], of format: PagingFormat) {
    if let last = ranges.last, continues(range, last, format) {
      ranges[ranges.count - 1].last = range.last
    } else {
      ranges.append(range)
    }
  }

  private func continues(_ range: MappedRange, _ last: MappedRange, _ format: PagingFormat) -> Bool {
    switch (last.content, range.content) {
    case (.mapped(let left), .mapped(let right)):
      let rule = format.level(Int(right.depth)).rules[Int(right.ruleIndex)]
      let fields = format.fields(of: rule)
      let mayVary = rule.address.entryMask | fields.mask(of: .accessed) | fields.mask(of: .dirty)
      return right.physical.rawValue == left.physical.rawValue + last.byteCount
        && left.pageSizeBits == right.pageSizeBits && left.access == right.access
        && left.depth == right.depth && left.ruleIndex == right.ruleIndex
        && (left.entry ^ right.entry) & ~mayVary == 0
    case (.gap(.notPresent(let left)), .gap(.notPresent(let right))):
      return left.kind == right.kind && (left.kind != .swap || left.type == right.type)
    case (.gap(let left), .gap(let right)):
      return left == right
    default:
      return false
    }
  }
}

/// One last-level table whose entries run on, vary, stop and begin again.
private struct RunSpace {
  let memory: ByteMemory
  let root: PageTableRoot
  let first: VirtualAddress
  let pageCount: UInt64
  let pageBits: UInt64

  init(_ format: PagingFormat, seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let region = format.regions[0]
    let depths = Int(region.firstDepth)..<format.levelCount
    let stride: UInt64 = 1 << 17
    var memory = ByteMemory(bytes: [UInt8](repeating: 0, count: Int(stride) * (depths.count + 1)))
    var table = stride
    root = PageTableRoot(PhysicalAddress(table))
    first = region.first
    for depth in depths.dropLast() {
      let level = format.level(depth)
      let rule = level.rules.elements.first { $0.kind == .table }!
      let next = table + stride
      memory.store(
        rule.match | rule.address.entryBits(of: PhysicalAddress(next)), at: table,
        byteCount: Int(level.entryByteCount))
      table = next
    }
    let level = format.level(format.levelCount - 1)
    let leaves = level.rules.elements.filter { $0.kind == .leaf }
    pageBits = UInt64(level.shift)
    let indexBits = depths.count == 1 ? region.firstIndexBits : level.indexBits
    pageCount = min(1 &<< UInt64(indexBits), 256)
    var rule = leaves[0]
    var flags: UInt64 = 0
    var address: UInt64 = 0
    var kind: UInt64 = 0
    for index in 0..<pageCount {
      // A run ends about every eighth page, where the vectors' borders are.
      if random.next() % 8 == 0 {
        kind = random.next() % 8
        rule = leaves[Int(random.next() % UInt64(leaves.count))]
        flags = random.next() & random.next() & random.next()
        address = random.next() % 3 == 0 ? address : random.next()
      }
      let fields = format.fields(of: rule)
      let volatile = random.next() & (fields.mask(of: .accessed) | fields.mask(of: .dirty))
      var entry = (flags & ~rule.mask & ~rule.reserved) ^ volatile & ~rule.mask | rule.match
      entry = entry & ~rule.address.entryMask | rule.address.entryBits(of: PhysicalAddress(address))
      if kind == 0 { entry = 0 }
      if kind == 1 { entry = flags & ~rule.mask }
      let width = Int(level.entryByteCount)
      memory.store(entry, at: table + index * UInt64(width), byteCount: width)
      address &+= 1 &<< UInt64(rule.sizeBits)
    }
    self.memory = memory
  }
}
