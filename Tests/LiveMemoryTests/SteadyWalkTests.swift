import PageTables
import Synchronization
import TestMemory
import Testing

@testable import LinuxKernel
@testable import Views

/// Memories of which another one answers after every `period` reads: in turns, or each once and the last one from
/// then on.
private final class TurningMemory: PhysicalMemory, Sendable {
  let memories: [ByteMemory]
  let period: Int
  let takesTurns: Bool
  let reads = Atomic<Int>(0)

  init(_ memories: [ByteMemory], period: Int, takesTurns: Bool) {
    self.memories = memories
    self.period = period
    self.takesTurns = takesTurns
  }

  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    let turn = reads.wrappingAdd(1, ordering: .relaxed).oldValue / period
    let index = takesTurns ? turn % memories.count : min(turn, memories.count - 1)
    return try memories[index].withBytes(at: address, count: count, body)
  }
}

@Suite("walks of memory that changes")
struct SteadyWalkTests {
  private static let address = VirtualAddress(0x40_0000)

  /// The same address mapped to different frames, by tables at the same places.
  private func memories(_ count: UInt64) -> (memories: [ByteMemory], space: Views.AddressSpace) {
    let memories = (0..<count).map { number in
      var memory = ByteMemory(bytes: [UInt8](repeating: 0, count: 1 << 20))
      // 0x400000 has index 0 in the first two tables, 2 in the third, 0 in the last.
      let entries: [(UInt64, UInt64)] = [
        (0x1000, 0x2007), (0x2000, 0x3007), (0x3010, 0x4007), (0x4000, (0x80 + number) << 12 | 7),
      ]
      for (place, entry) in entries { memory.store(entry, at: place, byteCount: 8) }
      return memory
    }
    return (
      memories,
      AddressSpace(format: .x86_64, root: PageTableRoot(PhysicalAddress(0x1000)), evidence: "a test")
    )
  }

  private func report(
    _ memories: [ByteMemory], _ space: Views.AddressSpace, period: Int, takesTurns: Bool
  ) -> WalkReport {
    let memory = TurningMemory(memories, period: period, takesTurns: takesTurns)
    var source = Source(name: "test", memory: memory)
    source.isRunning = true
    return WalkReport(Self.address, in: space, of: source)
  }

  /// Four entries and the value.
  private static let readsOfAWalk = 5

  @Test("memory that stays has a steady answer")
  func steady() {
    let (memories, space) = self.memories(1)
    let report = report(memories, space, period: 1, takesTurns: true)
    #expect(report.outcome == "mapped" && report.physical?.value == 0x8_0000)
  }

  @Test("one that changed is walked again, and the later answer counts", arguments: 2..<5)
  func later(_ count: UInt64) {
    let (memories, space) = self.memories(count)
    let report = report(memories, space, period: Self.readsOfAWalk, takesTurns: false)
    #expect(report.outcome == "mapped")
    #expect(report.physical?.value == 0x8_0000 + (count - 1) << 12)
  }

  @Test("tables that differ at every look are said to be changing, and nothing else is claimed")
  func changing() {
    let (memories, space) = self.memories(2)
    let report = report(memories, space, period: Self.readsOfAWalk, takesTurns: true)
    #expect(report.outcome == "changing" && report.reason == "changing")
    #expect(report.physical == nil && report.value == nil && report.access == nil)
    #expect(report.explanation?.contains("changed") == true && !report.steps.isEmpty)
  }

  @Test("bytes of such tables are not shown")
  func bytes() {
    let (memories, space) = self.memories(2)
    let memory = TurningMemory(memories, period: Self.readsOfAWalk, takesTurns: true)
    var source = Source(name: "test", memory: memory)
    source.isRunning = true
    var parts: [MemoryReading.Part] = []
    MemoryReading.read(Self.address, byteCount: 8, in: space, of: source) { parts.append($0) }
    #expect(parts.map(\.reason) == ["changing"] && parts.allSatisfy { $0.bytes == nil })
  }

  @Test("an image is walked once")
  func image() {
    let (memories, space) = self.memories(1)
    let memory = TurningMemory(memories, period: 1, takesTurns: true)
    _ = WalkReport(Self.address, in: space, of: Source(name: "test", memory: memory))
    #expect(memory.reads.load(ordering: .relaxed) == Self.readsOfAWalk)
  }
}
