import Testing

@Suite("pagewalk read")
struct ReadCommandTests {
  private let folder: TemporaryFolder
  private let raw: String
  private let root: String

  init() throws {
    folder = try TemporaryFolder()
    let machine = try SampleMachine()
    raw = folder.write(machine.ram, "ram.raw")
    root = String(machine.root, radix: 16)
  }

  private func read(_ options: String) throws -> Command.Outcome {
    try Command.shell("\"$pagewalk\" read -s '\(raw)' --root \(root) --paging x86-64 \(options)")
  }

  @Test("text is a hexadecimal dump")
  func text() throws {
    let outcome = try read("400000 16")
    #expect(outcome.status == 0)
    #expect(
      outcome.lines == [
        "0000000000400000  68 65 6c 6c 6f 00 00 00  00 00 00 00 00 00 00 00  |hello...........|"
      ])
  }

  @Test("JSON keeps the contract; a hole has a reason and no value, and what follows it is read")
  func json() throws {
    let outcome = try read("600ff8 0x1010 --format json")
    #expect(outcome.status == 1)
    let objects = try outcome.objects()
    Contract.memory.expect(objects)
    #expect(objects.map { $0["virtual"] as? String } == ["0x600ff8", "0x601000", "0x602000"])
    #expect(objects.map { $0["length"] as? Int } == [8, 4096, 8])
    #expect(objects.map { $0["reason"] as? String } == [nil, "swap", "outside-ram"])
    #expect(objects.first?["value"] as? String == "0000000000000000")
    #expect(outcome.errorLines.count == 1)
  }

  @Test("--binary writes the bytes themselves and ends at a hole")
  func binary() throws {
    let outcome = try read("400000 5 --binary")
    #expect(outcome.output == "hello")
    let cut = try read("600ff0 0x2000 --binary")
    #expect(cut.output.utf8.count == 16)
    #expect(cut.status == 1)
  }

  @Test("a length near 2^64 ends with its reader")
  func huge() throws {
    let outcome = try Command.shell(
      "\"$pagewalk\" read -s '\(raw)' --root \(root) --paging x86-64 400000 0xffffffffffffffff | head -1")
    #expect(outcome.status == 0)
    #expect(outcome.lines.count == 1)
  }
}
