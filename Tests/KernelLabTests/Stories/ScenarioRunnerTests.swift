import PageTables
import Testing

@testable import KernelLab

@Suite("Scenarios run")
struct ScenarioRunnerTests {
  private func runner(_ lines: String, options: ScenarioRunner.Options = .init()) throws -> ScenarioRunner {
    try ScenarioRunner(
      try ScenarioParser.parse("machine x86-64,ram=64M\n" + lines, file: "story.lab"), options: options)
  }

  /// All records of a scenario.
  private func records(_ lines: String, options: ScenarioRunner.Options = .init()) throws -> [ActionRecord] {
    var runner = try runner(lines, options: options)
    var records: [ActionRecord] = []
    try runner.run { records.append($0) }
    return records
  }

  @Test("what is read back is what was written")
  func values() throws {
    var runner = try runner(
      "spawn a\nmap a 10000+8K rw\nwrite a 10008 123456789abcdef0 => minor\nread a 10008 => 123456789abcdef0, none\n"
    )
    try runner.run()
    #expect(runner.failureCount == 0)
    #expect(runner.checkCount == 3)
    #expect(runner.machine.counters.minorFaults == 1)
  }

  @Test("an expectation that is not so says what was seen")
  func failures() throws {
    let checks = try records(
      """
      spawn a
      map a 10000+8K rw
      expect mapped a 10000
      write a 10000 5
      expect value a 10000 6
      expect not-present a 10000
      expect RssAnon a 8K
      expect minflt a 7
      expect fault SIGSEGV
      """
    ).flatMap(\.checks)
    #expect(checks.map(\.isMet) == [false, false, false, false, false, false])
    #expect(checks[0].seen == "empty")
    #expect(checks[1].seen == "5")
    #expect(checks[2].seen.contains("rights=rwu"))
    #expect(checks[3].seen == "4 KiB")
    #expect(checks[4].seen == "1")
    #expect(checks[5].seen.contains("5 written"))
  }

  @Test("what cannot be done is an error with its place")
  func impossible() throws {
    for (line, message) in [
      ("read 7 10000", "there is no task 7"),
      ("cpu 9: compare\nspawn a\ncpu 9: read a 10000", "there is no CPU 9"),
      ("spawn a\nread a 10001", "words are aligned"),
      ("spawn a\nspawn b pid 1", "PID 1 has been given already"),
      ("spawn a\nmap a 10001+4K rw", "mmap fails: EINVAL"),
      ("spawn a\ncpu 0: switch a\ncpu 1: read a 10000", "task 1 runs on CPU 0"),
    ] {
      #expect {
        _ = try records(line)
      } throws: { error in
        guard let error = error as? ScenarioError else { return false }
        return error.message.contains(message) && error.position.line == line.split(separator: "\n").count + 1
      }
    }
  }

  @Test("a system call that must fail may")
  func expectedErrors() throws {
    let records = try records("spawn a\nmap a 10001+4K rw => EINVAL\nunmap a 10000+4K => ENOMEM\n")
    #expect(records[1].checks.map(\.isMet) == [true])
    #expect(records[2].checks.map(\.isMet) == [false])
    #expect(records[2].checks.first?.seen == "it succeeded")
  }

  @Test("the changes of a line are entries old to new, frames, TLB, counters")
  func changes() throws {
    let records = try records(
      "spawn a\nmap a 10000+8K rw\nwrite a 10000 5\nwrite a 10000 6\n", options: .init(recordsChanges: true))
    let first = try #require(records[2].changes)
    #expect(first.entries.map(\.level) == ["pgd", "pud", "pmd", "pte"])
    #expect(first.entries.allSatisfy { $0.old == 0 && $0.new != 0 && $0.owner == "1 (a)" })
    #expect(first.entries.last?.address == 0x10000)
    #expect(first.tables.map(\.level) == ["pud", "pmd", "pte"])
    #expect(first.frames.map(\.kind) == [.pageTable, .pageTable, .pageTable, .anonymous])
    #expect(first.translations.map(\.address) == [0x10000])
    #expect(first.counters.contains(CounterChange(name: "minor-faults", difference: 1)))
    #expect(first.measures.contains(.init(pid: 1, name: "VmPTE", old: 0, new: 12288)))
    let second = try #require(records[3].changes)
    #expect(second.entries.isEmpty && second.frames.isEmpty)
    #expect(second.counters == [CounterChange(name: "accesses", difference: 1)])
  }

  @Test("a repeat is one record, counts its actions and names its turns")
  func `repeat`() throws {
    var runner = try runner(
      "spawn a\nmap a 10000+1M rw\nrepeat 100 as i {\n  write a 10000+i*4K i => minor\n}\nexpect RssAnon a 400K\n"
    )
    var records: [ActionRecord] = []
    try runner.run { records.append($0) }
    #expect(records.count == 4)
    #expect(records[2].results.first == "100 times, 100 actions")
    #expect(runner.actionCount == 104)
    #expect(runner.failureCount == 0)
    #expect(runner.checkCount == 101)
  }

  @Test("failures inside a repeat are all counted, and the first are told")
  func failuresInRepeat() throws {
    var runner = try runner("spawn a\nmap a 10000+4K rw\nrepeat 1000 {\n  read a 10000 => 1\n}\n")
    var records: [ActionRecord] = []
    try runner.run { records.append($0) }
    #expect(runner.failureCount == 1000)
    #expect(records[2].checks.count == 20)
    #expect(records[2].checks.first?.position.line == 5)
  }

  @Test("the same scenario gives the same records and the same RAM")
  func deterministic() throws {
    let text =
      "spawn a\nmap a 10000+1M rw\nrepeat 50 as i {\n  write a 10000+i*8K i\n}\nfork a as b\nwrite b 10000 ff\nexit a\n"
    func run() throws -> (records: [ActionRecord], bytes: [UInt8]) {
      var runner = try runner(text, options: .init(recordsChanges: true, explains: true))
      var records: [ActionRecord] = []
      try runner.run { records.append($0) }
      let image = LabImage(runner.takeMachine())
      var bytes: [UInt8] = []
      for run in image.usedRuns {
        try image.withBytes(at: run.address, count: run.byteCount) { span in
          for offset in 0..<run.byteCount {
            bytes.append(span.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
          }
        }
      }
      return (records, bytes)
    }
    let first = try run()
    let second = try run()
    #expect(first.records.map { "\($0)" } == second.records.map { "\($0)" })
    #expect(first.bytes == second.bytes)
  }

  @Test("an access is explained by what the processor and the kernel did")
  func explained() throws {
    let records = try records(
      "spawn a\nmap a 10000+4K rw\nexplain on\nwrite a 10000 5\nread a 10000\nexplain off\nread a 10000\n")
    let lines = records[3].explanation
    #expect(
      lines.contains {
        $0.contains("faults: user write of 10000") && $0.contains("error code 6 (write, user)")
      })
    #expect(lines.contains { $0.contains("area 10000-10fff rw-p") })
    #expect(lines.contains { $0.contains("allocated") })
    #expect(lines.contains { $0.contains("walks 10000") })
    #expect(lines.last?.contains("minor-faults +1") == true)
    #expect(records[4].explanation.count == 2)
    #expect(records[4].explanation.first?.contains("TLB holds 10000") == true)
    #expect(records[6].explanation.isEmpty)
  }

  @Test("a broken rule of locking is not met unless it is expected, and what is expected must come")
  func lockRules() throws {
    let start = "spawn a\nmap a 10000+8K rw\nwrite a 10000 1\n"
    let wrong = "cpu 0: take pte_lock a 10000\ncpu 0: take mmap_lock a"
    #expect(try records(start + wrong).flatMap(\.checks).map(\.isMet) == [false])
    #expect(try records(start + wrong + " => wrong-order").flatMap(\.checks).map(\.isMet) == [true])
    let other = try records(start + wrong + " => deadlock").flatMap(\.checks)
    #expect(other.map(\.isMet) == [false, false])
    let sound = try records(start + "take mmap_lock a => wrong-order").flatMap(\.checks)
    #expect(sound.map(\.seen) == ["locks were taken in order"])
    // What nobody follows cannot be broken.
    let off = try records(start + "write a 10000 2 => missing").flatMap(\.checks)
    #expect(off.map(\.isMet) == [false])
  }

  @Test("a CPU that waits for a lock does nothing until it has it")
  func waiting() throws {
    let start = "spawn a\nmap a 10000+8K rw\ncpu 0: take mmap_lock a\ncpu 1: take mmap_lock a\n"
    #expect {
      try records(start + "cpu 1: read a 10000")
    } throws: { error in
      "\(error)".contains("CPU 1 does nothing: it waits for the mmap_lock of space 1")
    }
    let lines = try records(
      start
        + "cpu 0: release mmap_lock a\ncpu 1: expect held mmap_lock a\ncpu 0: expect not-held mmap_lock a\n"
        + "cpu 0: write a 10000 1 => minor")
    #expect(lines[4].results == ["CPU 1 has the mmap_lock of space 1 now"])
    #expect(lines.flatMap(\.checks).filter { !$0.isMet } == [])
    #expect(lines.last?.results.contains { $0.contains("would wait for mmap_lock of space 1") } == true)
  }

  @Test("one more line can be asked after a scenario")
  func oneMore() throws {
    var runner = try runner("spawn a\nmap a 10000+4K rw\nlet here = 10000\n")
    try runner.run()
    let record = try runner.explain("write a here")
    #expect(record.explanation.count > 2)
    #expect(record.changes?.entries.isEmpty == false)
    #expect(throws: ScenarioError.self) { try runner.explain("write nobody here") }
  }
}
