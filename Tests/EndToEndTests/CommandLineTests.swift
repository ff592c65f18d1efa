import Testing

@Suite("The command line")
struct CommandLineTests {
  static let subcommands = [
    "walk", "map", "read", "ps", "kernel", "compare", "frames", "audit", "stats", "diff", "info", "formats",
    "report",
  ]

  @Test(
    "help is an answer, names every subcommand, and begins with examples", arguments: ["--help", "-h", ""])
  func help(argument: String) throws {
    let outcome = try Command.shell("\"$pagewalk\" \(argument)")
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    for word in Self.subcommands {
      #expect(outcome.lines.contains { $0.hasPrefix("  \(word) ") })
    }
    #expect(outcome.lines.contains("  pagewalk walk 614 7e9e6c24"))
  }

  @Test(
    "every subcommand's help lists examples of itself",
    arguments: CommandLineTests.subcommands)
  func subcommandHelp(name: String) throws {
    let outcome = try Command.run(name, "--help")
    #expect(outcome.status == 0)
    let examples = try #require(outcome.lines.firstIndex { $0.hasPrefix("Examples:") })
    #expect(outcome.lines[examples + 1].trimmingPrefix(while: \.isWhitespace).hasPrefix("pagewalk \(name)"))
  }

  @Test("the version is a version")
  func version() throws {
    let outcome = try Command.run("--version")
    #expect(outcome.status == 0)
    #expect(outcome.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
  }

  struct Pipe: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var line: String

    static let all: [Pipe] = [
      Pipe(testDescription: "endless input", line: "yes 7e9e6c24 | \"$pagewalk\" walk 614 - | head -1"),
      Pipe(
        testDescription: "endless input, JSON",
        line: "yes 7e9e6c24 | \"$pagewalk\" walk 614 - --format json | head -1"),
      Pipe(testDescription: "endless memory", line: "\"$pagewalk\" read 614 0 0xffffffffffffffff | head -1"),
      Pipe(
        testDescription: "binary",
        line: "\"$pagewalk\" read kernel 80000000 0x60000000 --binary | head -c 16 | wc -l"),
    ]
  }

  @Test("a reader that goes away ends the command, without a word", arguments: Pipe.all)
  func pipe(test: Pipe) throws {
    let outcome = try Command.shell(test.line)
    #expect(outcome.status == 0)
    #expect(outcome.lines.count == 1)
    #expect(outcome.errors.isEmpty)
  }

  @Test("closed standard input is no address and no error")
  func closedInput() throws {
    let outcome = try Command.shell("\"$pagewalk\" walk 614 - <&-")
    #expect(outcome.status == 0)
    #expect(outcome.output.isEmpty)
  }
}
