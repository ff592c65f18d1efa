import PageTableEditing
import PageTables
import Testing

@testable import KernelLab

/// Scenarios that go on for long: what is kept does not grow with them, and two runs do not differ.
@Suite("Long scenarios")
struct LongScenarioTests {
  /// Some twenty actions a turn: memory mapped, written, forked, exited, unmapped; vmalloc made and freed.
  static func text(turns: Int) -> String {
    """
    machine x86-64,ram=128M
    spawn init
    file data 64K shared
    map init 10000+256K rw as buffer
    map init 100000+64K rws file data as shared
    swapon swap0 1M
    repeat \(turns) as i {
      write init buffer i => i
      write init buffer+4K i
      read init buffer => i
      read init buffer+64K
      write init shared+8 i
      fork init as child
      write child buffer 77 => 77, minor
      read child shared+8 => i
      switch init
      expect value init buffer i
      exit child
      map init 200000+32K rw
      write init 200000 i
      write init 207000 i
      protect init 200000+16K r
      write init 200000 i => SIGSEGV
      unmap init 200000+32K
      vmalloc area 16K
      read kernel area => 0
      vfree area
      purge
    }
    """
  }

  private struct Outcome: Equatable {
    var log: [String] = []
    var words: UInt64 = 0
    var actionCount: UInt64 = 0
    var freeCount = 0
    var spaceCount = 0
    var failures: [ActionRecord.Check] = []
  }

  private func run(turns: Int) throws -> Outcome {
    var runner = try ScenarioRunner(try ScenarioParser.parse(Self.text(turns: turns), file: "long.lab"))
    var outcome = Outcome()
    try runner.run { record in
      outcome.log.append(record.text)
      outcome.log += record.results + record.explanation
      outcome.failures += record.checks.filter { !$0.isMet }
    }
    outcome.actionCount = runner.actionCount
    outcome.freeCount = runner.machine.frames.freeCount
    outcome.spaceCount = runner.machine.liveSpaces.count
    for chunk in runner.machine.memory.chunks() {
      try runner.machine.memory.withBytes(at: chunk.address, count: chunk.byteCount) { bytes in
        for offset in stride(from: 0, to: bytes.byteCount, by: 8) {
          let word = bytes.unsafeLoad(fromByteOffset: offset, as: UInt64.self)
          outcome.words = outcome.words &* 0x100_0000_01b3 ^ word
        }
      }
    }
    return outcome
  }

  @Test("of 100,000 actions come out the same twice, to the last byte of RAM")
  func same() throws {
    let first = try run(turns: 5000)
    #expect(first.failures.isEmpty, "\(first.failures.prefix(3))")
    #expect(first.actionCount > 100_000)
    #expect(try run(turns: 5000) == first)
  }

  @Test("need no more memory than short ones")
  func bounded() throws {
    let short = try run(turns: 200)
    let long = try run(turns: 2000)
    #expect(long.freeCount == short.freeCount)
    #expect(long.spaceCount == short.spaceCount)
    #expect(long.log.count == short.log.count)
  }
}
