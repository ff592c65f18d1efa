import LinuxKernel
import PageTables
import TestMemory
import Testing

@Suite("A reverse map is the enumeration of all tables, turned round")
struct ReverseMapLawTests {
  struct FormatCase: Sendable, CustomTestStringConvertible {
    let format: PagingFormat
    let detail: String
    var testDescription: String { format.name.description + detail }

    static let all: [FormatCase] =
      PagingFormat.catalogue.map { FormatCase(format: $0, detail: "") } + [
        FormatCase(format: .arm(split: 1), detail: ", split 1"),
        FormatCase(format: .armLPAE(lowerSize: 0, upperSize: 2), detail: ", split 0/2"),
        FormatCase(format: .armLPAE(lowerSize: 1, upperSize: 1), detail: ", split 1/1"),
      ]
      + [PagingFormat.aarch64(granule: .kib4, virtualAddressBits: 39)].compactMap { $0 }
      .map { FormatCase(format: $0, detail: ", 39 bits") }
  }

  @Test("every frame has exactly the mappings that an enumeration finds", arguments: FormatCase.all)
  func mappings(_ test: FormatCase) throws {
    var kernelCount = 0
    var sharedCount = 0
    for seed: UInt64 in 1...3 {
      let system = try EditedSystem(test.format, seed: seed)
      let map = ReverseMap(system.set, in: system.memory)
      let forward = ForwardMap(system.set, in: system.memory)
      #expect(map.gaps.isEmpty)
      let page = UInt64(1) << UInt64(test.format.pageSizeBits)
      // Both ends of every range, what is beyond them, the middle.
      let frames = Set(
        forward.stretches.flatMap { stretch in
          [
            stretch.physical, stretch.physical &- page, stretch.physical + stretch.byteCount - page,
            stretch.physical + stretch.byteCount, stretch.physical + stretch.byteCount / 2 & ~(page - 1),
          ]
        })
      #expect(frames.count > 10)
      for frame in frames {
        let use = map.use(of: PhysicalAddress(frame + 1), in: system.memory)
        let expected = forward.places(of: frame)
        #expect(use.isComplete)
        #expect(use.physical == PhysicalAddress(frame))
        #expect(use.mappings.map(ForwardMap.Place.init) == expected, "frame at \(frame)")
        kernelCount += expected.count { $0.pid == nil }
        sharedCount += Set(expected.compactMap(\.pid)).count > 1 ? 1 : 0
      }
    }
    // The law was put to the test: there were kernel mappings, and frames that processes share.
    #expect(kernelCount > 0 && sharedCount > 0)
  }

  /// Notes every table of an address space.
  private struct TableCollector: TableVisitor {
    var positions: [TablePosition] = []
    mutating func shouldEnter(_ position: TablePosition) -> Bool {
      positions.append(position)
      return true
    }
    mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition) {}
    mutating func visitEntry(
      _ entry: UInt64, ruleIndex: Int, first: VirtualAddress, last: VirtualAddress, position: TablePosition
    ) {}
    mutating func visitStop(first: VirtualAddress, last: VirtualAddress, reason: StopReason, depth: Int) {}
  }

  @Test("every table's frame says what it serves, and for whom", arguments: FormatCase.all)
  func tables(_ test: FormatCase) throws {
    let system = try EditedSystem(test.format, seed: 4)
    let map = ReverseMap(system.set, in: system.memory)
    var checked = 0
    for process in system.set.processes {
      var collector = TableCollector()
      Walker(format: test.format, root: process.root)
        .enumerate(in: system.memory, visitor: &collector)
      for position in collector.positions {
        let use = map.use(of: position.table, in: system.memory)
        #expect(use.kind == .pageTable)
        // The first entry of a top table may be one that its region does not use.
        guard let region = test.format.region(of: position.base),
          position.depth > Int(region.firstDepth) || process.root[region.root] == position.table
        else { continue }
        let match = use.tables.first {
          $0.depth == position.depth && $0.first <= position.base && position.base <= $0.last
            && ($0.isKernel || $0.processes.contains(process))
        }
        #expect(match != nil, "\(position): \(use.tables)")
        checked += 1
      }
    }
    #expect(checked > 10)
  }

  @Test("any number of threads gives the same answers")
  func threads() throws {
    let system = try EditedSystem(.x86_64, seed: 9)
    let one = ReverseMap(system.set, in: system.memory, threadCount: 1)
    let many = ReverseMap(system.set, in: system.memory, threadCount: 7)
    #expect(one.runCount == many.runCount)
    #expect(one.leafCount == many.leafCount)
    for frame in 0..<UInt64(1 << 12) {
      let address = PhysicalAddress(frame << 12)
      #expect(one.use(of: address, in: system.memory) == many.use(of: address, in: system.memory))
    }
  }

  @Test("without the kernel's own table, what all processes have in the upper half is the kernel's")
  func withoutMaster() throws {
    let system = try EditedSystem(.x86_64, seed: 5)
    var set = system.set
    let known = ReverseMap(set, in: system.memory)
    set.master = nil
    let inferred = ReverseMap(set, in: system.memory)
    for stretch in ForwardMap(system.set, in: system.memory).stretches {
      let address = PhysicalAddress(stretch.physical)
      #expect(
        known.use(of: address, in: system.memory).mappings
          == inferred.use(of: address, in: system.memory).mappings)
    }
  }
}
