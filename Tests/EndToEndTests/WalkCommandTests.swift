import ImageWriters
import Testing

@Suite("pagewalk walk")
struct WalkCommandTests {
  private let folder: TemporaryFolder
  private let machine: SampleMachine
  private let raw: String
  private let root: String

  init() throws {
    folder = try TemporaryFolder()
    machine = try SampleMachine()
    raw = folder.write(machine.ram, "ram.raw")
    root = String(machine.root, radix: 16)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var address: String
    var status: Int32
    var outcome: String
    var reason: String?
    var physical: String?
    var access: String?
    var pageSize: Int?
    var stepCount: Int
    var testDescription: String { "\(address): \(reason ?? outcome)" }

    static let all: [Case] = [
      Case(
        address: "400002", status: 0, outcome: "mapped", physical: "0x100002", access: "rxu", pageSize: 4096,
        stepCount: 4),
      Case(
        address: "0x600010", status: 0, outcome: "mapped", physical: "0x80010", access: "rwu", pageSize: 4096,
        stepCount: 4),
      Case(
        address: "40012345", status: 0, outcome: "mapped", physical: "0x212345", access: "rw",
        pageSize: 2 << 20, stepCount: 3),
      Case(
        address: "ffff8880_00100000", status: 0, outcome: "mapped", physical: "0x100000", access: "rw",
        pageSize: 1 << 30, stepCount: 2),
      Case(address: "601000", status: 1, outcome: "not-mapped", reason: "swap", stepCount: 4),
      Case(address: "603000", status: 1, outcome: "not-mapped", reason: "absent", stepCount: 4),
      Case(address: "7f0000000000", status: 1, outcome: "not-mapped", reason: "absent", stepCount: 1),
      Case(
        address: "8000_0000_0000", status: 1, outcome: "not-mapped", reason: "non-canonical", stepCount: 0),
      Case(address: "c0000000", status: 1, outcome: "invalid", reason: "reserved-bits", stepCount: 3),
      Case(address: "80000000", status: 2, outcome: "unreadable", reason: "outside-ram", stepCount: 4),
    ]
  }

  @Test("JSON keeps the contract for every outcome, and the exit status says it, too", arguments: Case.all)
  func json(test: Case) throws {
    let outcome = try Command.run(
      "walk", "-s", raw, "--root", root, "--paging", "x86-64", test.address, "--format", "json")
    #expect(outcome.status == test.status)
    let objects = try outcome.objects()
    Contract.walk.expect(objects)
    let walk = try #require(objects.first)
    #expect(objects.count == 1)
    #expect(walk["outcome"] as? String == test.outcome)
    #expect(walk["reason"] as? String == test.reason)
    #expect(walk["physical"] as? String == test.physical)
    #expect(walk["access"] as? String == test.access)
    #expect(walk["pageSize"] as? Int == test.pageSize)
    #expect((walk["steps"] as? [Any])?.count == test.stepCount)
    #expect(walk["root"] as? String == "0x" + root)
    #expect(walk["source"] as? String == raw)
  }

  @Test("text names the reason of every outcome", arguments: Case.all)
  func text(test: Case) throws {
    let outcome = try Command.run("walk", "-s", raw, "--root", root, "--paging", "x86-64", test.address)
    #expect(outcome.status == test.status)
    if let reason = test.reason {
      #expect(outcome.lines.contains { $0.contains("[\(reason)]: ") })
    } else {
      let physical = (test.physical ?? "").dropFirst(2)
      #expect(outcome.lines.contains { $0.hasPrefix("physical") && $0.hasSuffix("  \(physical)") })
    }
  }

  @Test("swap says area and slot")
  func swap() throws {
    let outcome = try Command.run(
      "walk", "-s", raw, "--root", root, "--paging", "x86-64", "601000", "--format", "json")
    let linux = try #require(try outcome.objects().first?["alsoLinux"] as? [String: Any])
    #expect(linux["state"] as? String == "swap")
    #expect(linux["swapType"] as? Int == 2)
    #expect(linux["swapOffset"] as? Int == 0x34)
  }

  @Test("the value is as long as --length asks, in memory order, and absent where the page cannot be read")
  func value() throws {
    let five = try Command.run(
      "walk", "-s", raw, "--root", root, "--paging", "x86-64", "400000", "--length", "5", "--format", "json")
    #expect(try five.objects().first?["value"] as? String == "68656c6c6f")
    let word = try Command.run(
      "walk", "-s", raw, "--root", root, "--paging", "x86-64", "400000", "--format", "json")
    #expect(try word.objects().first?["value"] as? String == "68656c6c6f000000")
    let outside = try Command.run(
      "walk", "-s", raw, "--root", root, "--paging", "x86-64", "602000", "--format", "json")
    let walk = try #require(try outside.objects().first)
    #expect(outside.status == 0)
    #expect(walk["physical"] as? String == "0x4000000000")
    #expect(walk["value"] == nil)
  }

  @Test("- reads addresses from standard input, one a line, and the worst outcome is the exit status")
  func standardInput() throws {
    let outcome = try Command.run(
      "walk", "-s", raw, "--root", root, "--paging", "x86-64", "-", "--format", "json",
      input: "400000\n\n  0x600000 rw-p heap\n601000\n")
    #expect(outcome.status == 1)
    let objects = try outcome.objects()
    Contract.walk.expect(objects)
    #expect(objects.map { $0["virtual"] as? String } == ["0x400000", "0x600000", "0x601000"])
  }

  @Test("a line of standard input that is no address is bad usage, after the answers before it")
  func badLine() throws {
    let outcome = try Command.run(
      "walk", "-s", raw, "--root", root, "--paging", "x86-64", "-", input: "400000\nnonsense\n")
    #expect(outcome.status == 2)
    #expect(outcome.lines.contains { $0.hasPrefix("physical") })
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("nonsense"))
  }

  @Test("CSV has a header and a line an address")
  func csv() throws {
    let outcome = try Command.run(
      "walk", "-s", raw, "--root", root, "--paging", "x86-64", "400000", "601000", "--format", "csv")
    #expect(
      outcome.lines == [
        "virtual,outcome,reason,physical,pageSize,access,value",
        "0x400000,mapped,,0x100000,4096,rxu,68656c6c6f000000", "0x601000,not-mapped,swap,,,,",
      ])
  }

  @Test("without a root the processor that was in user mode tells it")
  func registers() throws {
    let core = folder.write(machine.core().bytes(), "core.elf")
    for arguments in [["400000"], ["--cpu", "0", "400000"]] {
      let outcome = try Command.shell(
        "\"$pagewalk\" walk -s '\(core)' \(arguments.joined(separator: " ")) --format json")
      let walk = try #require(try outcome.objects().first)
      Contract.walk.expect([walk])
      #expect(walk["root"] as? String == "0x" + root)
      #expect(walk["format"] as? String == "x86-64")
      #expect((walk["evidence"] as? String)?.contains("user mode") == true)
    }
  }
}
