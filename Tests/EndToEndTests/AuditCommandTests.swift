import Testing

@Suite("pagewalk audit")
struct AuditCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(
    "the lab's linear map is executable, as on kernels of its time: one open finding, status 1")
  func builtIn() throws {
    let outcome = try Command.run("audit", "--format", "json")
    #expect(outcome.status == 1)
    let objects = try outcome.objects()
    Contract.finding.expect(objects)
    #expect(objects.map { $0["rule"] as? String } == ["writable-executable"])
    #expect(objects.first?["start"] as? String == "0x80000000")
    #expect(objects.first?["command"] as? String == "kernel")
    #expect(objects.first?["explanation"] == nil)
  }

  @Test("with --all the explained findings are there, too, with the walk that shows them")
  func all() throws {
    let objects = try Command.run("audit", "--all", "--format", "json").objects()
    Contract.finding.expect(objects)
    let vectors = objects.first { $0["rule"] as? String == "user-reachable-kernel" }
    #expect(vectors?["start"] as? String == "0xffff0000")
    #expect(vectors?["explanation"] != nil)
    let steps = (vectors?["walk"] as? [String: Any])?["steps"] as? [[String: Any]]
    #expect(steps?.map { $0["level"] as? String } == ["pgd", "pte"])
    let text = try Command.run("audit", "--all").output
    #expect(text.contains("  explained: the vectors page"))
    #expect(text.contains("1 finding in the tables of 1 process and the kernel"))
  }

  @Test("what a baseline has is accepted, and the status is 0")
  func baseline() throws {
    let accepted = folder.write(Array(try Command.run("audit", "--format", "json").output.utf8), "accepted")
    let outcome = try Command.run("audit", "--baseline", accepted, "--format", "json")
    #expect(outcome.status == 0)
    #expect(outcome.output.isEmpty)
    let all = try Command.run("audit", "--baseline", accepted, "--all", "--format", "json").objects()
    #expect(all.filter { $0["accepted"] as? Bool == true }.count == 1)
  }

  @Test("a baseline that is none is refused with its line", arguments: ["{", "{\"key\": 1}", "text"])
  func badBaseline(_ line: String) throws {
    let file = folder.write(Array("\n\(line)\n".utf8), "baseline")
    let outcome = try Command.run("audit", "--baseline", file)
    #expect(outcome.status == 2)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("line 2"))
    #expect(try Command.run("audit", "--baseline", "/none").status == 2)
  }

  @Test(
    "one root of an image can be looked at alone; a table outside RAM is found, and standard error says partial"
  )
  func root() throws {
    let machine = try SampleMachine()
    let raw = folder.write(machine.ram, "ram.raw")
    let root = String(machine.root, radix: 16)
    let outcome = try Command.run(
      "audit", "-s", raw, "--root", root, "--paging", "x86-64", "--format", "json")
    #expect(outcome.status == 1)
    let objects = try outcome.objects()
    Contract.finding.expect(objects)
    #expect(objects.contains { $0["rule"] as? String == "reserved-bits" })
    #expect(objects.contains { $0["summary"] as? String == "a table lies outside RAM" })
    #expect(outcome.errors.hasPrefix("pagewalk: partial: "))
  }
}
