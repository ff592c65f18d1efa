import KernelOracle
import Testing

@Suite("the log")
struct LogTests {
  static let conditions = Conditions(
    release: "6.18.44", architecture: "x86_64", pageSizeBytes: 4096,
    lastTable: .init(spanBytes: 2 << 20, countedBytes: 4096), userEnd: 0x7fff_ffff_f000,
    control: 0x1030_0000..<0x1034_0000, code: 0x103f_d000..<0x103f_e000, stackLimitBytes: 8 << 20,
    lockLimitBytes: nil, hugePages: "madvise", counterSource: .status, framesVisible: true,
    softDirty: .masked,
    base: Counters(
      residentAnonymousKiB: 0, residentFileKiB: 260, pageTablesKiB: 12, totalKiB: 260, lockedKiB: 0,
      dataKiB: 0), notes: ["guest amd64", ""])

  static func state(_ slot: Int, _ seed: UInt64) -> ProcessState {
    let names: [ObservedArea.Object] = [
      .anonymous, .heap, .stack, .file(2), .sharedAnonymous(0x1f), .other("/a b%c\u{e9}"),
    ]
    let areas = (0..<seed % 5).map { index in
      ObservedArea(
        start: (index * 16 + 1) << 12, end: (index * 16 + 2 + (seed + index) % 7) << 12,
        protection: Protection(rawValue: UInt32((seed + index) % 8)), isShared: index % 2 == 1,
        offsetBytes: seed << 12, object: names[Int((seed + index) % 6)])
    }
    // More than one line of pages, some of which come and go.
    let pages = (0..<UInt64(200)).filter { ($0 * seed) % 3 == 1 }.map {
      ObservedPage(number: $0, entry: PageEntry(rawValue: 1 << 63 | (seed % 4) << 56 | $0))
    }
    return ProcessState(
      slot: slot,
      counters: Counters(
        residentAnonymousKiB: seed, residentFileKiB: 2, pageTablesKiB: 3, totalKiB: 4, lockedKiB: 5,
        dataKiB: 6),
      areas: areas, pages: pages)
  }

  static let observations: [Observation] = {
    var all: [Observation] = []
    for program in 0..<3 as Range<UInt64> {
      all.append(Observation(step: nil, processes: [state(0, program + 1)]))
      for index in 0..<20 as Range<UInt64> {
        let signals = Outcome.Signals(count: 2, number: 11, code: 1, address: 0x2000, faultedPages: 5)
        let outcome = Outcome(
          value: index % 3 == 0 ? -22 : Int64(index) << 40, minorFaults: UInt32(index), majorFaults: 0,
          signals: index % 4 == 0 ? signals : nil)
        let living = (0..<8).filter { $0 == 0 || (index + UInt64($0)) % 3 != 0 }
        all.append(
          Observation(
            step: .init(operation: MemoryOperation(slot: 0, .setBreak(address: index)), outcome: outcome),
            processes: index % 5 == 4 ? nil : living.map { state($0, index / 2 + UInt64($0)) }))
      }
    }
    return all
  }()

  static func written() -> String {
    var writer = LogWriter(conditions)
    for observation in observations { writer.append(observation) }
    return writer.text
  }

  @Test("what was written is read again, conditions and every state")
  func roundTrip() throws {
    var reader = try LogReader(text: Self.written())
    #expect(reader.conditions == Self.conditions)
    for observation in Self.observations { #expect(try reader.next() == observation) }
    #expect(try reader.next() == nil)
  }

  @Test("a log in pieces is the same log")
  func pieces() {
    var writer = LogWriter(Self.conditions)
    var text = writer.take()
    for observation in Self.observations {
      writer.append(observation)
      text += writer.take()
    }
    #expect(text == Self.written())
  }

  @Test("only changes are written")
  func changes() {
    var writer = LogWriter(Self.conditions)
    writer.append(Self.observations[0])
    _ = writer.take()
    let step = Observation.Step(
      operation: MemoryOperation(slot: 0, .setBreak(address: 0)), outcome: Outcome(value: 0))
    writer.append(Observation(step: step, processes: Self.observations[0].processes))
    #expect(writer.text == "operation 0 brk 0\nresult 0 0 0\n")
  }

  struct Malformed: Sendable, CustomTestStringConvertible {
    /// What follows a good head.
    var body: String
    /// Counted from the first line of the body.
    var line: Int
    var column: Int
    var mentions: String
    var testDescription: String { body }
  }

  static let malformed = [
    Malformed(body: "nonsense\n", line: 1, column: 1, mentions: "'program' or 'operation'"),
    Malformed(body: "operation 0 exit\n", line: 1, column: 1, mentions: "no program has begun"),
    Malformed(body: "program\noperation 0 brk 0\n", line: 3, column: 1, mentions: "result is missing"),
    Malformed(
      body: "program\noperation 0 brk 0\nended 0\n", line: 3, column: 7, mentions: "result is wanted"),
    Malformed(body: "program\ncounters 0 1 2 3 4 5\n", line: 2, column: 21, mentions: "data is missing"),
    Malformed(body: "program\ncounters 9 1 2 3 4 5 6\n", line: 2, column: 10, mentions: "0 to 7"),
    Malformed(body: "program\npages 0 1:1\n", line: 2, column: 7, mentions: "no counters yet"),
    Malformed(
      body: "program\ncounters 0 1 2 3 4 5 6\npages 0 2:1 1:1\n", line: 3, column: 13,
      mentions: "out of order"),
    Malformed(
      body: "program\ncounters 0 1 2 3 4 5 6\npages 0 21\n", line: 3, column: 9, mentions: "colon"),
    Malformed(
      body: "program\ncounters 0 1 2 3 4 5 6\narea 0 2000 1000 r--p 0 -\n", line: 3, column: 13,
      mentions: "above the start"),
    Malformed(
      body: "program\ncounters 0 1 2 3 4 5 6\narea 0 1000 2000 r--q 0 -\n", line: 3, column: 18,
      mentions: "rw-p"),
    Malformed(
      body: "program\ncounters 0 1 2 3 4 5 6\narea 0 1000 2000 r--p 0 file9\n", line: 3, column: 25,
      mentions: "fileN"),
    Malformed(body: "program\nended 0\n", line: 2, column: 7, mentions: "no process 0"),
    Malformed(body: "program\nstopped agent died\n", line: 2, column: 9, mentions: "agent died"),
    Malformed(body: "program\nrelease 1\n", line: 2, column: 1, mentions: "no item 'release'"),
    Malformed(
      body: "program\noperation 0 brk 0\nresult zz 0 0\n", line: 3, column: 8, mentions: "value"),
    Malformed(
      body: "program\noperation 0 brk 0\nresult 0 4294967296 0\n", line: 3, column: 10, mentions: "at most"),
  ]

  @Test("a malformed log says where and what", arguments: malformed)
  func refused(_ example: Malformed) throws {
    let writer = LogWriter(Self.conditions)
    let headLines = writer.text.split(separator: "\n").count
    let error = try #require(throws: TextError.self) {
      var reader = try LogReader(text: writer.text + example.body)
      while try reader.next() != nil {}
    }
    #expect(error.line == headLines + example.line)
    #expect(error.column == example.column)
    #expect(error.problem.contains(example.mentions), "\(error)")
  }

  @Test("a head that lacks a line, or says it twice, is refused")
  func head() throws {
    let lines = LogWriter(Self.conditions).text.split(separator: "\n").map { String($0) }
    for index in lines.indices.dropFirst() where !lines[index].hasPrefix("note") {
      var fewer = lines
      fewer.remove(at: index)
      #expect(throws: TextError.self, "\(lines[index])") {
        try LogReader(text: fewer.joined(separator: "\n") + "\n")
      }
      #expect(throws: TextError.self, "\(lines[index])") {
        try LogReader(text: (lines + [lines[index]]).joined(separator: "\n") + "\n")
      }
    }
    #expect(throws: TextError.self) { try LogReader(text: "") }
    #expect(throws: TextError.self) { try LogReader(text: "pagewalk-kernel-log 2\n") }
  }

  @Test("a log cut anywhere, or with any byte changed, is read or refused, without harm")
  func damaged() {
    let bytes = Array(Self.written().utf8)
    for cut in stride(from: 0, to: bytes.count, by: 997) { readAll(Array(bytes[..<cut])) }
    for index in stride(from: 0, to: bytes.count, by: 1499) {
      for value in [0, 0x20, 0x2D, 0x39, 0x66, 0xFF] as [UInt8] {
        var changed = bytes
        changed[index] = value
        readAll(changed)
      }
    }
  }

  private func readAll(_ bytes: [UInt8]) {
    guard var reader = try? LogReader(bytes) else { return }
    while let observation = try? reader.next() { _ = observation }
  }
}
