import Testing

@Suite("pagewalk compare")
struct CompareCommandTests {
  @Test("a process whose copies are whole: one line, status 0")
  func same() throws {
    let outcome = try Command.run("compare")
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    #expect(outcome.lines.first == "kernel page table 10004000 against 1 process (arm)")
    #expect(outcome.lines.last == "614 experiment: all 1544 entries are the same")
  }

  // Told that the kernel begins lower than it does, the process's own entries are what no kernel has.
  private let wrongBorder = ["compare", "614", "--kernel-start", "76e00000"]

  private func compareWrongly(_ options: String = "") throws -> Command.Outcome {
    try Command.shell("\"$pagewalk\" \(wrongBorder.joined(separator: " ")) \(options)")
  }

  @Test("what differs is told with its range, and the status is 1")
  func differs() throws {
    let outcome = try compareWrongly()
    #expect(outcome.status == 1)
    let stale = outcome.lines.filter { $0.hasPrefix("  stale") }
    #expect(stale.count == 2)
    #expect(stale.first?.contains("pgd 1902-1903") == true)
    #expect(stale.first?.contains("76e00000-76ffffff") == true)
    #expect(stale.first?.contains("2 MiB") == true)
  }

  @Test("JSON keeps the contract")
  func json() throws {
    let same = try Command.run("compare", "--format", "json")
    #expect(same.status == 0)
    Contract.comparison.expect(try same.objects())
    #expect(try same.objects().first?["same"] as? Int == 1544)
    let outcome = try compareWrongly("--format json")
    #expect(outcome.status == 1)
    let objects = try outcome.objects()
    Contract.comparison.expect(objects)
    let stale = try #require(objects.first?["stale"] as? [[String: Any]])
    #expect(stale.map { $0["index"] as? Int } == [1902, 1903, 2024, 2025])
    #expect(stale.first?["start"] as? String == "0x76e00000")
    #expect(stale.first?["end"] as? String == "0x76f00000")
    #expect(stale.first?["master"] == nil)
    #expect(objects.first?["kernelStart"] as? String == "0x76e00000")
  }

  @Test("CSV has a line for each entry, or one that says that there is none")
  func csv() throws {
    let same = try Command.run("compare", "--format", "csv")
    #expect(same.lines.count == 2)
    #expect(same.lines.last == "614,experiment,0x58058000,kernel,same,,,,,,,")
    let outcome = try compareWrongly("--format csv")
    #expect(outcome.lines.count == 5)
    #expect(
      outcome.lines[1].hasPrefix("614,experiment,0x58058000,kernel,stale,pgd,1902,0x76e00000,0x76f00000,,0x"))
  }

  @Test("a process that is not there is status 2, with those that are")
  func unknown() throws {
    let outcome = try Command.run("compare", "1")
    #expect(outcome.status == 2 && outcome.output.isEmpty)
    #expect(
      outcome.errorLines == ["pagewalk: lab: no process 1 with tables of its own; there are 614 (experiment)"]
    )
  }
}
