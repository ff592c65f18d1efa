import PageTables
import TestMemory
import Testing

@Suite("Every way to walk gives the same answer")
struct WalkLawTests {
  @Test("a quick lookup gives what a translation gives", arguments: FormatCase.all)
  func lookup(_ test: FormatCase) {
    let space = RandomSpace(test.format, seed: 3)
    let walker = Walker(format: test.format, root: space.root)
    var mapped = 0
    for address in space.addresses(count: 200) {
      let quick = walker.lookup(address, in: space.memory)
      let full = walker.translate(address, in: space.memory)
      if let mapping = full.mapping {
        mapped += 1
        expectSame(quick, full, mapping)
      } else {
        #expect(!quick.isMapped)
        if let last = full.steps.elements.last, isReadable(last) {
          #expect(quick.entry == last.entry)
          #expect(Int(quick.depth) == last.depth)
        }
      }
    }
    // The law is empty where nothing is mapped.
    #expect(mapped > 0)
  }

  private func expectSame(_ quick: Lookup, _ full: Translation, _ mapping: Translation.Mapping) {
    #expect(quick.physical == mapping.physical)
    #expect(quick.pageSizeBits == mapping.pageSizeBits)
    #expect(quick.entry == full.steps.elements.last?.entry)
    #expect(Int(quick.depth) == full.steps.elements.last?.depth)
  }

  private func isReadable(_ step: Step) -> Bool {
    if case .stopped(.unreadable) = step.outcome { return false }
    return true
  }

  @Test("a batch of lookups gives what single ones give", arguments: FormatCase.all)
  func batch(_ test: FormatCase) {
    let space = RandomSpace(test.format, seed: 4)
    let walker = Walker(format: test.format, root: space.root)
    space.expectSingleAnswers(inBatchesOf: walker, count: 150)
  }

  @Test("noise in memory ends every walk within the levels", arguments: FormatCase.all)
  func noise(_ test: FormatCase) {
    let format = test.format
    var random = SeededGenerator(seed: 5)
    for round: UInt64 in 0..<12 {
      let memory = TracingMemory(
        GarbageMemory(
          seed: random.next(), setBits: round % 4, keptBits: round % 3 == 0 ? 0x0003_ffff : .max))
      let root = PageTableRoot(
        lower: PhysicalAddress(random.next()), upper: PhysicalAddress(random.next() | .max << 12))
      let walker = Walker(format: format, root: root)
      for region in format.regions.elements {
        let address = VirtualAddress(
          region.first.rawValue &+ random.next() % max(1, region.last.rawValue &- region.first.rawValue))
        let before = memory.reads.count
        let answer = walker.translate(address, in: memory)
        #expect(memory.reads.count - before == answer.steps.count)
        #expect(answer.steps.count <= format.levels.count)
        let quick = walker.lookup(address, in: memory)
        #expect(quick.isMapped == (answer.mapping != nil))
        #expect(answer.mapping == nil || quick.physical == answer.mapping?.physical)
      }
    }
  }

  @Test("a walk asks memory for single entries, once a level", arguments: FormatCase.all)
  func reads(_ test: FormatCase) {
    let space = RandomSpace(test.format, seed: 6)
    let memory = TracingMemory(space.memory)
    let walker = Walker(format: test.format, root: space.root)
    for address in space.addresses(count: 50) {
      let before = memory.reads.count
      let answer = walker.translate(address, in: memory)
      let expected = answer.steps.elements.map {
        TracingMemory<ByteMemory>.Read(
          address: $0.entryAddress.rawValue, count: Int(test.format.levels[$0.depth].entryByteCount))
      }
      #expect(Array(memory.reads[before...]) == expected)
    }
  }

  @Test("a fault of the memory is the answer, with its reason", arguments: MemoryFault.allCases)
  func faults(_ fault: MemoryFault) throws {
    let text = try TextMemory("1000: 2007\n2000: 3007\n3000: 4007\n4000: 5007")
    let walker = Walker(format: PagingFormat.x86_64, root: PageTableRoot(PhysicalAddress(0x1000)))
    let memory = FaultyMemory(text, faults: [0x3000: fault])
    let answer = walker.translate(VirtualAddress(0x123), in: memory)
    #expect(answer.outcome == .stopped(.unreadable(fault)))
    #expect(answer.steps.count == 3)
    #expect(!walker.lookup(VirtualAddress(0x123), in: memory).isMapped)
    #expect(walker.translate(VirtualAddress(0x123), in: text).mapping?.physical.rawValue == 0x5123)
  }
}

/// A quarter of a megabyte of memory full of entries that lead to one another.
struct RandomSpace {
  let format: PagingFormat
  let memory: ByteMemory
  let root: PageTableRoot
  private let seed: UInt64

  init(_ format: PagingFormat, seed: UInt64) {
    self.format = format
    self.seed = seed
    var random = SeededGenerator(seed: seed)
    let byteCount: UInt64 = 1 << 18
    var memory = ByteMemory(bytes: [UInt8](repeating: 0, count: Int(byteCount)))
    let width = UInt64(format.levels[0].entryByteCount)
    let rules = format.levelList.map { $0.rules.elements }
    let usable = rules.map { $0.filter { $0.kind == .table || $0.kind == .leaf } }
    for address in stride(from: 0, to: byteCount, by: Int(width)) {
      let depth = Int(random.next() % UInt64(rules.count))
      let isOdd = random.next() % 16 == 0
      let choice = isOdd ? rules[depth] : usable[depth]
      let rule = choice[Int(random.next() % UInt64(choice.count))]
      let noise = random.next() & random.next() & random.next()
      var entry = noise & ~rule.mask & ~rule.address.entryMask | rule.match
      if !isOdd { entry &= ~rule.reserved }
      entry |= rule.address.entryBits(of: PhysicalAddress(random.next() % byteCount))
      memory.store(entry, at: address, byteCount: Int(width))
    }
    self.memory = memory
    root = PageTableRoot(lower: PhysicalAddress(0x10000), upper: PhysicalAddress(0x20000))
  }

  /// Addresses in all regions and, one in eight, anywhere.
  func addresses(count: Int) -> [VirtualAddress] {
    var random = SeededGenerator(seed: ~seed)
    return (0..<count).map { index in
      if index % 8 == 7 { return VirtualAddress(random.next()) }
      let region = format.regions[index % format.regions.count]
      let span = region.last.rawValue - region.first.rawValue
      return VirtualAddress(
        region.first.rawValue + (span == .max ? random.next() : random.next() % (span + 1)))
    }
  }
}

extension RandomSpace {
  /// Expects that a batch of walks gives what single ones give.
  ///
  /// - Parameter count: more than the 64 walks of a group, and not a multiple of them.
  func expectSingleAnswers(inBatchesOf walker: Walker<some FormatSource>, count: Int) {
    let addresses = addresses(count: count)
    var answers = [Lookup](
      repeating: Lookup(physical: PhysicalAddress(1), entry: 1, pageSizeBits: 1, depth: 1),
      count: addresses.count)
    var span = answers.mutableSpan
    walker.lookup(addresses.span, in: memory, answers: &span)
    for (address, answer) in zip(addresses, answers) {
      #expect(answer == walker.lookup(address, in: memory))
    }
  }
}
