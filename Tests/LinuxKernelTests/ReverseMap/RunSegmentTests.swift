import PageTables
import TestMemory
import Testing

@testable import LinuxKernel

@Suite("Runs of mappings")
struct RunSegmentTests {
  @Test("a run gives back what it was made of, at the edges of every field")
  func fields() throws {
    for frame: UInt64 in [0, 1, 0xfff, 0x1000, 1 << 43, 1 << 44 - 1] {
      for table in [0, 1, 15, 16, 1 << 24 - 1] {
        for first in [0, 1, 1 << 14 - 1] {
          for count in [1, 2, 1 << 14] {
            let run = try #require(MappingRun(frame: frame, table: table, firstIndex: first, count: count))
            #expect(run.frame == frame && run.table == table)
            #expect(run.firstIndex == first && run.count == count)
          }
        }
      }
    }
    #expect(MemoryLayout<MappingRun>.stride == 12)
  }

  @Test("a number that has no room is refused")
  func tooLarge() {
    #expect(MappingRun(frame: 1 << 44, table: 0, firstIndex: 0, count: 1) == nil)
    #expect(MappingRun(frame: 0, table: 1 << 24, firstIndex: 0, count: 1) == nil)
    #expect(MappingRun(frame: 0, table: 0, firstIndex: 1 << 14, count: 1) == nil)
    #expect(MappingRun(frame: 0, table: 0, firstIndex: 0, count: 1 << 14 + 1) == nil)
    #expect(MappingRun(frame: 0, table: 0, firstIndex: 0, count: 0) == nil)
  }

  @Test("every format's entry numbers have room")
  func room() {
    for format in PagingFormat.catalogue {
      for depth in 0..<format.levelCount { #expect(format.level(depth).indexBits <= 14) }
      for index in 0..<format.regionCount { #expect(format.region(index).firstIndexBits <= 14) }
    }
  }

  @Test("a search finds the runs that hold a frame, as looking at each does", arguments: [1, 64, 65, 5000])
  func search(count: Int) throws {
    var random = SeededGenerator(seed: UInt64(count))
    // Tables 0 to 9 are of the last level but one, the rest of the last.
    let spans = EntrySpans(.x86_64, levelStarts: [0, 0, 0, 10])
    let runs = try (0..<count).map { index in
      // Some in the upper reaches of memory.
      let frame = UInt64.random(in: 0..<20_000, using: &random) + (index % 7 == 0 ? 1 << 43 : 0)
      return try #require(
        MappingRun(
          frame: frame, table: Int.random(in: 0..<200, using: &random), firstIndex: index & 511,
          count: Int.random(in: 1...9, using: &random)))
    }
    let segment = RunSegment(runs, spans: spans)
    func key(_ run: MappingRun) -> [UInt64] {
      [run.frame, UInt64(run.table), UInt64(run.firstIndex), UInt64(run.count)]
    }
    var foundCount = 0
    for _ in 0..<500 {
      let frame = UInt64.random(in: 0..<25_000, using: &random) + (Bool.random(using: &random) ? 1 << 43 : 0)
      var found: Set<[UInt64]> = []
      segment.forEach(holding: frame, spans: spans) {
        found.insert(key($0))
        return true
      }
      let expected = runs.filter { $0.frame <= frame && spans.lastFrame(of: $0) >= frame }
      #expect(found == Set(expected.map(key)))
      foundCount += found.count
    }
    #expect(count < 100 || foundCount > 1000)
  }
}
