import Testing

@testable import KernelLab

/// A malformed scenario, and the error it gives.
struct MalformedScenario: CustomTestStringConvertible, Sendable {
  let text: String
  let line: Int
  let column: Int
  /// What the message must say.
  let message: String

  init(_ text: String, _ line: Int, _ column: Int, _ message: String) {
    self.text = text
    self.line = line
    self.column = column
    self.message = message
  }

  var testDescription: String { text.split(separator: "\n").last.map(String.init) ?? "nothing" }

  static let all: [MalformedScenario] = [
    .init("", 1, 1, "expected 'machine PROFILE', found the end of the file"),
    .init("spawn init", 1, 1, "expected 'machine PROFILE' as the first action, found 'spawn'"),
    .init("machine", 1, 8, "expected a machine profile, found the end of the line"),
    .init("machine nothing", 1, 9, "there is no profile 'nothing'"),
    .init("machine x86-64,ram=many", 1, 9, "ram=many: expected a number with K, M or G"),
    .init("machine x86-64,colour=red", 1, 9, "no option 'colour'"),
    .init(start("machine i386"), 2, 1, "expected one machine"),
    .init(start("jump"), 2, 1, "expected an action (advise, begin, brk"),
    .init(start("  §"), 2, 3, "expected an action or its arguments, found '§'"),
    .init(start("spawn"), 2, 6, "expected a new task's name, found the end of the line"),
    .init(start("spawn 12"), 2, 7, "expected a new task's name of at most 15 letters, found '12'"),
    .init(start("take pgd"), 2, 6, "expected a lock: mmap_lock, vma_lock"),
    .init(start("spawn a", "take mmap_lock kernel"), 3, 22, "expected a process, found 'kernel'"),
    .init(start("take pgd_lock twice"), 2, 15, "expected the end of the line, found 'twice'"),
    .init(start("locks maybe"), 2, 7, "expected on or off, found 'maybe'"),
    .init(start("forget nothing"), 2, 8, "expected a lock's name: mmap_lock"),
    .init(start("purge => slow"), 2, 10, "or a rule of locking (wrong-order"),
    .init(start("spawn a b"), 2, 9, "expected the end of the line, found 'b'"),
    .init(
      start("read nobody 10000"), 2, 6,
      "expected a task: a PID, or a name that spawn or fork gave before, found 'nobody'"),
    .init(
      start("spawn a", "read a nowhere"), 3, 8,
      "expected an address: hexadecimal, or a name that was given before, found 'nowhere'"),
    .init(
      start("spawn a", "map a 10000+16Q rw"), 3, 13,
      "expected a size: a number, with K, M, G or T if need be, or a name that was given before, found '16Q'"),
    .init(start("spawn a", "map a 10000 rw"), 3, 13, "expected '..' or '+' and a size, found 'rw'"),
    .init(
      start("spawn a", "map a 10000+4K wr"), 3, 16,
      "expected rights such as r, rw, r-x, rws, none, found 'wr'"),
    .init(
      start("spawn a", "map a 10000+4K rw file gone"), 3, 24,
      "expected a file that was made before, found 'gone'"),
    .init(start("spawn a", "map a 10000+4K rw fast"), 3, 19, "expected file, as, or an option: huge"),
    .init(start("spawn a", "read a 10000 => ok"), 3, 17, "expected a value, none, minor, major"),
    .init(start("spawn a => 5"), 2, 12, "only accesses have values and faults"),
    .init(start("spawn a", "advise a 10000+4K forget"), 3, 19, "expected an advice: normal"),
    .init(start("let face = 10000"), 2, 5, "expected a new name, found 'face', which is a number"),
    .init(start("let here = here+4K"), 2, 12, "expected an address"),
    .init(start("note unquoted"), 2, 6, "expected text in quotes, found 'unquoted'"),
    .init(start("note \"open"), 2, 6, "expected '\"' at the end of the text, found the end of the line"),
    .init(start("explain maybe"), 2, 9, "expected on or off, found 'maybe'"),
    .init(start("cpu x: compare"), 2, 5, "expected a CPU's number from 0 to 63, found 'x'"),
    .init(start("cpu 1 compare"), 2, 7, "expected ':', found 'compare'"),
    .init(start("repeat 3"), 2, 9, "expected '{', found the end of the line"),
    .init(
      start("repeat 3 {", "compare"), 3, 1, "expected '}' for the repeat of line 2, found the end of the file"
    ),
    .init(start("}"), 2, 1, "expected an action, found '}' without a repeat"),
    .init(start("device \"614\""), 2, 8, "expected a PID and a hexadecimal address"),
    .init(start("expect peace"), 2, 8, "expected an expectation (mapped, not-present"),
    .init(start("expect counter apples 3"), 2, 16, "expected a counter (accesses,"),
    .init(
      start("expect mapped kernel 10000 rights=rq"), 2, 35, "expected rights, a subset of rwxu, found 'rq'"),
    .init(start("vfree nothing"), 2, 7, "expected the name of a vmalloc or module, found 'nothing'"),
    .init(start("brk kernel 10000"), 2, 12, "expected a process, found 'kernel'"),
  ]

  private static func start(_ lines: String...) -> String {
    (["machine x86-64"] + lines).joined(separator: "\n")
  }
}

@Suite("Scenarios are read")
struct ScenarioParserTests {
  @Test("what is malformed is refused with its place, and nothing runs", arguments: MalformedScenario.all)
  func malformed(_ scenario: MalformedScenario) {
    #expect {
      try ScenarioParser.parse(scenario.text, file: "story.lab")
    } throws: { error in
      guard let error = error as? ScenarioError else { return false }
      #expect(error.message.contains(scenario.message), "\(error.message)")
      #expect(error.position == SourcePosition(line: scenario.line, column: scenario.column), "\(error)")
      return error.description.hasPrefix("story.lab:\(scenario.line):\(scenario.column): ")
    }
  }

  @Test("lines keep their text without comment, and their place")
  func lines() throws {
    let scenario = try ScenarioParser.parse(
      "# a comment\nmachine x86-64  # a machine\n\n  spawn init   # a task\n", file: "f")
    #expect(scenario.machine.name == "x86-64")
    #expect(scenario.machinePosition == SourcePosition(line: 2, column: 1))
    #expect(scenario.statements.map(\.text) == ["spawn init"])
    #expect(scenario.statements.first?.position == SourcePosition(line: 4, column: 3))
  }

  @Test("addresses are hexadecimal, sizes decimal; both take names and arithmetic")
  func numbers() throws {
    let scenario = try ScenarioParser.parse(
      "machine i386\nspawn a\nlet base = 0x10_000\nlet page = base + 2*4K - 16\nmap a base+4K+64K rw as area\n",
      file: "f")
    var names: [String: UInt64] = [:]
    for statement in scenario.statements {
      if case .define(let name, let value) = statement.action { names[name] = value.value(names) }
    }
    #expect(names == ["base": 0x1_0000, "page": 0x1_1ff0])
    guard case .map(let request) = scenario.statements.last?.action,
      case .range(let range) = request.place, case .byteCount(let size) = range.extent
    else {
      Issue.record("not a map")
      return
    }
    #expect(range.start.value(names) == 0x1_1000)
    #expect(size.value(names) == 64 << 10)
    #expect(request.rights == [.read, .write])
    #expect(request.name == "area")
  }

  @Test("any text is read or refused, and never traps")
  func anyText() {
    // Words of the language in a pseudo-random order.
    let words =
      ScenarioParser.keywords + [
        "10000", "+", "4K", "rw", "=>", "{", "}", "\"", "=", "init", "kernel", ",", ":", "..", "any",
      ]
    var state: UInt64 = 42
    for _ in 0..<3000 {
      var line = "machine x86-64\nspawn init\n"
      for _ in 0..<8 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        line += words[Int(state >> 33) % words.count] + (state >> 60 == 0 ? "\n" : " ")
      }
      _ = try? ScenarioParser.parse(line, file: "f")
    }
  }
}
