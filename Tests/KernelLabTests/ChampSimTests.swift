import KernelLab
import Testing

@Suite("ChampSim's records")
struct ChampSimTests {
  /// One instruction, as inc/trace_instruction.h lays it out.
  static func instruction(
    _ address: UInt64, flags: [UInt8] = [0, 0], writes: [UInt64] = [], reads: [UInt64] = []
  ) -> [UInt8] {
    func bytes(_ number: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
    func padded(_ numbers: [UInt64], _ count: Int) -> [UInt64] {
      numbers + [UInt64](repeating: 0, count: count - numbers.count)
    }
    return bytes(address) + flags + [1, 2, 3, 4, 5, 6]
      + (padded(writes, 2) + padded(reads, 4)).flatMap(bytes)
  }

  @Test("an instruction is fetched, reads and writes; zero is no address")
  func order() throws {
    let bytes =
      Self.instruction(0x401000, writes: [0x7000, 0], reads: [0x1000, 0, 0, 0x2000])
      + Self.instruction(0x401004, flags: [1, 1])
      + Self.instruction(0x401008, writes: [1, 2], reads: [3, 4, 5, 6])
    #expect(try TraceReader(bytes: bytes, name: "trace").format == .champSim)
    #expect(
      try records(of: bytes) == [
        .fetch(0x401000), .read(0x1000), .read(0x2000), .write(0x7000), .fetch(0x401004), .fetch(0x401008),
        .read(3), .read(4), .read(5), .read(6), .write(1), .write(2),
      ])
  }

  @Test("a file of many blocks gives every record, batches full or not")
  func blocks() throws {
    var bytes: [UInt8] = []
    var expected: [TraceRecord] = []
    var random = Random(seed: 3)
    for index in UInt64(0)..<40_000 {
      let reads = (0..<random.next() % 5).map { _ in random.next() | 1 }
      let writes = (0..<random.next() % 3).map { _ in random.next() | 1 }
      bytes += Self.instruction(0x400000 + index, writes: writes, reads: reads)
      expected.append(.fetch(0x400000 + index))
      expected += reads.map { .read($0) } + writes.map { .write($0) }
    }
    #expect(try records(of: bytes) == expected)
    try withFile(bytes) { path in
      let found = try records(at: path)
      #expect(found == expected)
    }
  }

  @Test("a trace that was cut off says where; what is whole was given", arguments: [1, 8, 63])
  func cutOff(_ count: Int) throws {
    let bytes = Self.instruction(1) + Self.instruction(2) + Self.instruction(3).prefix(count)
    var reader = try TraceReader(bytes: bytes, name: "trace")
    var batch = TraceBatch()
    let isThere = try reader.read(into: &batch)
    #expect(isThere && batch.count == 2)
    do throws(TraceError) {
      _ = try reader.read(into: &batch)
      Issue.record("no error")
    } catch {
      #expect(error.place == .offset(128))
      #expect(error.problem.contains("\(count) bytes of 64"))
    }
  }

  @Test(
    "flags that are not 0 or 1 are an error with the byte",
    arguments: [[2, 0], [0, 2], [255, 255]] as [[UInt8]])
  func flags(_ flags: [UInt8]) {
    // Behind what recognition looks at.
    let good = (0..<100).flatMap { _ in Self.instruction(1) }
    let error = #expect(throws: TraceError.self) {
      try records(of: good + Self.instruction(2, flags: flags) + good)
    }
    #expect(error?.place == .offset(100 * 64 + 8))
  }
}
