import PageTableEditing
import PageTables
import Synchronization
import Testing

@testable import LinuxKernel
@testable import Views

/// Memories of which another one answers after every `period` reads: in turns, or each once and the last one from
/// then on.
private final class TurningMemory: PhysicalMemory, Sendable {
  let memories: [SparseMemory]
  let period: Int
  let takesTurns: Bool
  let reads = Atomic<Int>(0)

  init(_ memories: [SparseMemory], period: Int, takesTurns: Bool) {
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

  /// The same address mapped to different frames.
  private func memories(_ count: UInt64) throws -> (memories: [SparseMemory], space: Views.AddressSpace) {
    var all: [SparseMemory] = []
    var root = PageTableRoot(PhysicalAddress(0))
    let format = EditingFormat(.x86_64)
    for number in 0..<count {
      var memory = try SparseMemory(byteCount: 1 << 20)
      var frames = SequentialFrames(from: PhysicalAddress(0x1000), byteCount: 1 << 16)
      let editor = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &frames)
      let access = try #require(format.expressibleAccesses(sizeBits: 12).first)
      try editor.map(
        Self.address, to: PhysicalAddress(0x8_0000 + number << 12), sizeBits: 12, access: access, in: &memory,
        frames: &frames)
      root = editor.walker.root
      all.append(memory)
    }
    return (all, AddressSpace(format: .x86_64, root: root, evidence: "a test"))
  }

  private func report(
    _ memories: [SparseMemory], _ space: Views.AddressSpace, period: Int, takesTurns: Bool
  ) -> WalkReport {
    let memory = TurningMemory(memories, period: period, takesTurns: takesTurns)
    var source = Source(name: "test", memory: memory)
    source.isRunning = true
    return WalkReport(Self.address, in: space, of: source)
  }

  /// Four entries and the value.
  private static let readsOfAWalk = 5

  @Test("memory that stays has a steady answer")
  func steady() throws {
    let (memories, space) = try memories(1)
    let report = report(memories, space, period: 1, takesTurns: true)
    #expect(report.outcome == "mapped" && report.physical?.value == 0x8_0000)
  }

  @Test("one that changed is walked again, and the later answer counts", arguments: 2..<5)
  func later(_ count: UInt64) throws {
    let (memories, space) = try memories(count)
    let report = report(memories, space, period: Self.readsOfAWalk, takesTurns: false)
    #expect(report.outcome == "mapped")
    #expect(report.physical?.value == 0x8_0000 + (count - 1) << 12)
  }

  @Test("tables that differ at every look are said to be changing, and nothing else is claimed")
  func changing() throws {
    let (memories, space) = try memories(2)
    let report = report(memories, space, period: Self.readsOfAWalk, takesTurns: true)
    #expect(report.outcome == "changing" && report.reason == "changing")
    #expect(report.physical == nil && report.value == nil && report.access == nil)
    #expect(report.explanation?.contains("changed") == true && !report.steps.isEmpty)
  }

  @Test("bytes of such tables are not shown")
  func bytes() throws {
    let (memories, space) = try memories(2)
    let memory = TurningMemory(memories, period: Self.readsOfAWalk, takesTurns: true)
    var source = Source(name: "test", memory: memory)
    source.isRunning = true
    var parts: [MemoryReading.Part] = []
    MemoryReading.read(Self.address, byteCount: 8, in: space, of: source) { parts.append($0) }
    #expect(parts.map(\.reason) == ["changing"] && parts.allSatisfy { $0.bytes == nil })
  }

  @Test("an image is walked once")
  func image() throws {
    let (memories, space) = try memories(1)
    let memory = TurningMemory(memories, period: 1, takesTurns: true)
    _ = WalkReport(Self.address, in: space, of: Source(name: "test", memory: memory))
    #expect(memory.reads.load(ordering: .relaxed) == Self.readsOfAWalk)
  }
}
