import Testing

@testable import KernelLab

@Suite("The compact form")
struct CompactTraceTests {
  @Test("what is written is read, whatever it is", arguments: [0, 1, 2, 4095, 4096, 4097, 50_000])
  func roundTrip(_ count: Int) throws {
    let expected = sampleRecords(count)
    let bytes = compact(expected)
    #expect(try records(of: bytes) == expected)
    try withFile(bytes) { path in
      let found = try records(at: path)
      #expect(found == expected)
    }
  }

  @Test("deltas of every length come back, both ways, across the end of the space")
  func deltas() throws {
    var expected: [TraceRecord] = []
    for bit in 0..<64 {
      for value in [UInt64(1) << UInt64(bit), 0, 0 &- UInt64(1) << UInt64(bit), .max] {
        expected.append(TraceRecord(address: value, byteCount: UInt16(1 + bit * 32), kind: .write))
        expected.append(TraceRecord(address: ~value, byteCount: 2047, kind: .fetch))
      }
    }
    #expect(try records(of: compact(expected)) == expected)
  }

  @Test("code in a line costs two bytes an instruction")
  func size() {
    let code = (0..<4096).map { TraceRecord.fetch(0x400000 + UInt64($0 * 4), 4) }
    let bytes = compact(code)
    // The first instruction's address takes three bytes: 400000, and its sign.
    #expect(bytes.count == 16 + 8 + 4096 * 2 + 3 + 8 + 24)
  }

  @Test("a trace that is cut off anywhere is an error, and so is one with something behind it")
  func cutOff() throws {
    let bytes = compact(sampleRecords(300))
    for count in 8..<bytes.count {
      #expect(throws: TraceError.self, "\(count)") { try records(of: Array(bytes.prefix(count))) }
    }
    let error = #expect(throws: TraceError.self) { try records(of: bytes + [0]) }
    #expect(error?.problem.contains("follows the end") == true)
    #expect(error?.place == .offset(UInt64(bytes.count)))
  }

  @Test("a changed byte never traps: it is an error, or other addresses of as many records of each kind")
  func damage() throws {
    let expected = sampleRecords(200)
    let bytes = compact(expected, addressBits: 64)
    var counts = TraceCounts()
    for record in expected { counts.add(record.kind) }
    for place in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[place] ^= 1 << UInt8(bit)
        guard let found = try? records(of: damaged) else { continue }
        var foundCounts = TraceCounts()
        for record in found { foundCounts.add(record.kind) }
        #expect(foundCounts == counts)
      }
    }
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var change: @Sendable (inout [UInt8]) -> Void
    var offset: UInt64
    var words: String

    init(
      _ name: String, offset: UInt64, _ words: String, _ change: @escaping @Sendable (inout [UInt8]) -> Void
    ) {
      testDescription = name
      self.offset = offset
      self.words = words
      self.change = change
    }
  }

  @Test(
    "damage is named with its place",
    arguments: [
      Damage("version", offset: 8, "version 2") { $0[8] = 2 },
      Damage("address bits", offset: 10, "65 bits") { $0[10] = 65 },
      Damage("reserved", offset: 11, "not zero") { $0[15] = 1 },
      Damage("too many records", offset: 16, "block of 65539") { $0[18] = 1 },
      Damage("too many deltas", offset: 16, "bytes of deltas") { $0[21] = 1 },
      Damage("kind", offset: 26, "no known kind") { $0[26] |= 3 },
      Damage("size", offset: 28, "no bytes") {
        $0[28] &= 0x1f
        $0[29] = 0
      },
      Damage("length", offset: 16, "bytes of deltas, not the") { $0[24] ^= 8 },
      Damage("counts", offset: 33, "9 records") { $0[$0.count - 24] = 7 },
      Damage("end", offset: 33, "not the last") { $0[$0.count - 28] = 23 },
    ])
  func named(_ damage: Damage) {
    var bytes = compact([.fetch(1), .read(2), .write(3)], addressBits: 32)
    #expect(bytes.count == 16 + 8 + 6 + 3 + 32)
    damage.change(&bytes)
    let error = #expect(throws: TraceError.self) { try records(of: bytes) }
    #expect(error?.problem.contains(damage.words) == true, "\(String(describing: error))")
    #expect(error?.place == .offset(damage.offset))
  }

  @Test("an address of more bits than the head says is an error, in writing and in reading")
  func addressBits() throws {
    let fitting = compact([.read(0xffff_ffff)], addressBits: 32)
    #expect(try records(of: fitting) == [.read(0xffff_ffff)])
    #expect(try TraceReader(bytes: fitting, name: "trace").addressBits == 32)
    let error = #expect(throws: TraceError.self) {
      try records(of: compact([.read(0x1_0000_0000)], addressBits: 32))
    }
    #expect(error?.problem.contains("more than 32 bits") == true)
    try withFile([]) { path in
      var reader = try TraceReader(bytes: Array(" L 1,1\n L 100000000,1\n".utf8), name: "trace")
      do throws(TraceError) {
        _ = try Replay.convert(&reader, to: try TraceWriter(path: path, addressBits: 32))
        Issue.record("no error")
      } catch {
        #expect(error.problem.contains("record 1 has the address 0x100000000"))
      }
      // What was not finished has no end.
      #expect(throws: TraceError.self) { try records(at: path) }
    }
  }

  @Test("a text converts to the same records")
  func conversion() throws {
    let expected = sampleRecords(20_000)
    let text = Array(expected.map(\.lackeyLine).joined().utf8)
    try withFile([]) { path in
      var reader = try TraceReader(bytes: text, name: "trace")
      let counts = try Replay.convert(&reader, to: try TraceWriter(path: path))
      #expect(counts.total == 20_000)
      #expect(counts.fetches == UInt64(expected.count { $0.kind == .fetch }))
      #expect(counts.writes == UInt64(expected.count { $0.kind == .write }))
      let found = try records(at: path)
      #expect(found == expected)
    }
  }
}
