import Testing

@Suite("pagewalk diff")
struct DiffCommandTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("a process and the kernel differ in the process's half; exchanged, what was there is missing")
  func processes() throws {
    let forth = try Command.run("diff", "kernel", "614", "--format", "json")
    #expect(forth.status == 1)
    let objects = try forth.objects()
    Contract.difference.expect(objects)
    #expect(objects.filter { $0["change"] as? String != "mapped" }.isEmpty)
    #expect(objects.contains { $0["start"] as? String == "0x7e9e5000" })
    let back = try Command.run("diff", "614", "kernel", "--format", "json").objects()
    #expect(back.map { $0["start"] as? String } == objects.map { $0["start"] as? String })
    #expect(back.filter { $0["change"] as? String != "unmapped" }.isEmpty)
    #expect(try Command.run("diff", "614", "614").status == 0)
    #expect(try Command.run("diff", "614", "614").output.isEmpty)
  }

  @Test("two images are compared for one root")
  func images() throws {
    let machine = try SampleMachine()
    let before = folder.write(machine.ram, "before.raw")
    let after = folder.write(machine.ram, "after.raw")
    let root = String(machine.root, radix: 16)
    let outcome = try Command.run("diff", before, after, "--root", root, "--paging", "x86-64")
    #expect(outcome.status == 0)
    #expect(outcome.output.isEmpty)
  }

  @Test(
    "what cannot be compared is refused in one line",
    arguments: ["614", "614 nobody", "--other-root 1000 1 2", "1 2 3", "--root 1000 --paging arm"])
  func refusals(_ words: String) throws {
    let outcome = try Command.shell("\"$pagewalk\" diff \(words)")
    #expect(outcome.status == 2)
    #expect(outcome.errorLines.count == 1)
  }
}
