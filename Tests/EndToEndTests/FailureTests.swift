import ImageWriters
import Testing

@Suite("Bad input to the command")
struct FailureTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  struct Case: Sendable, CustomTestStringConvertible {
    var arguments: String
    /// What the line must name.
    var names: String
    var testDescription: String { arguments.isEmpty ? "nothing" : arguments }

    static let all: [Case] = [
      Case(arguments: "walk", names: "argument"),
      Case(arguments: "bogus", names: "bogus"),
      Case(arguments: "walk 614 zz", names: "'zz'"),
      Case(arguments: "walk 999 1000", names: "no process 999"),
      Case(arguments: "walk 614 1000 --length 0", names: "--length"),
      Case(arguments: "walk 614 1000 --length 99999999999999999999", names: "--length"),
      Case(arguments: "walk --root 1000 1000", names: "--paging"),
      Case(arguments: "walk --root 1000 --paging vax 1000", names: "x86-64"),
      Case(arguments: "walk --root 1000 --cpu 0 1000", names: "--cpu"),
      Case(arguments: "walk --root 1000 --paging aarch64-4k --va-bits 99 1000", names: "--va-bits 99"),
      Case(arguments: "walk --root 1000 --paging x86-64 --kernel-era bookworm 1000", names: "6.1"),
      Case(arguments: "walk -s no-such-file 1000", names: "no-such-file"),
      Case(arguments: "walk -s / 1000", names: "/: "),
      Case(arguments: "walk -s /dev/null 1000", names: "/dev/null"),
      Case(arguments: "walk -s empty 1000", names: "empty"),
      Case(arguments: "walk -s cut-header 1000", names: "at offset"),
      Case(arguments: "walk -s archive 1000", names: "gzip -d"),
      Case(arguments: "walk -s plain.raw 1000", names: "--root"),
      Case(arguments: "walk -s plain.raw 614 1000", names: "--root"),
      Case(arguments: "extract -o tables.elf", names: "no memory image"),
      Case(arguments: "extract -s plain.raw", names: "--output"),
      Case(arguments: "extract -s plain.raw -o empty", names: "--force"),
      Case(arguments: "extract -s plain.raw -o plain.raw --force", names: "the source itself"),
      Case(arguments: "info -s plain.raw --base ffffffffffffffff", names: "2^64"),
      Case(arguments: "info -s plain.raw --base zz", names: "zz"),
      Case(arguments: "info -s plain.raw --ranges bad.txt", names: "line 1"),
      Case(arguments: "info -s plain.raw --ranges no-such-map", names: "no-such-map"),
      Case(arguments: "info -s plain.raw --also plain.raw", names: "split"),
      Case(arguments: "info -s plain.raw --vmcoreinfo", names: "VMCOREINFO"),
      Case(arguments: "info -s live:none", names: "live:pagemap"),
      Case(arguments: "map 614 --access q", names: "'q'"),
      Case(arguments: "map 614 --from 2000 --to 1000", names: "--to"),
      Case(arguments: "map 614 --page-size 0", names: "0"),
      Case(arguments: "map 614 --page-size 99999999999999T", names: "99999999999999T"),
      Case(arguments: "ps -s plain.raw", names: "no Linux kernel"),
      Case(arguments: "info --evidence", names: "-s IMAGE"),
      Case(arguments: "map kernel --areas", names: "-s IMAGE PID"),
      Case(arguments: "compare -s plain.raw", names: "no Linux kernel"),
      Case(arguments: "ps --offset task_struct", names: "task_struct"),
      Case(arguments: "ps --symbols no-such-map", names: "no-such-map"),
      Case(arguments: "ps --btf plain.raw", names: "plain.raw"),
      Case(arguments: "read 614 1000 many", names: "'many'"),
      Case(arguments: "read 614 1000 -1", names: "-1"),
    ]
  }

  private func run(_ arguments: String) throws -> Command.Outcome {
    folder.write([], "empty")
    folder.write(Array("EMiL".utf8) + [1, 0, 0], "cut-header")
    folder.write([0x1f, 0x8b, 8, 0] + pattern(1), "archive")
    folder.write(pattern(1), "plain.raw")
    folder.write(Array("not a range\n".utf8), "bad.txt")
    return try Command.shell("cd '\(folder.path)' && \"$pagewalk\" \(arguments)")
  }

  @Test(
    "is exit status 2, nothing on standard output, and one line on standard error that names it",
    arguments: Case.all)
  func text(test: Case) throws {
    let outcome = try run(test.arguments)
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.hasPrefix("pagewalk: "))
    #expect(outcome.errors.contains(test.names))
  }

  @Test("is an object of its own with --format json", arguments: Case.all)
  func json(test: Case) throws {
    let outcome = try run(test.arguments + " --format json")
    #expect(outcome.status == 2)
    let objects = try outcome.objects()
    Contract.error.expect(objects)
    #expect(objects.count == 1)
    #expect(outcome.errorLines.count == 1)
  }
}
