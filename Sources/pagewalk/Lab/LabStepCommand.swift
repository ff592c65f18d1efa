import ArgumentParser
import CommandOptions
import KernelLab
import Views

struct LabStepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "step",
    abstract: "Run a scenario one action at a time and show what each changed.",
    discussion: """
      Each empty line on standard input runs one action; a number runs as many; `c` runs \
      the rest; `q` ends. What changed is shown: entries of page tables, old -> new, \
      frames, TLBs, counters.

      Examples:
        pagewalk lab step FILE.lab
        echo c | pagewalk lab step FILE.lab --format json
      """)

  @OptionGroup var output: OutputOptions

  @Flag(help: "Explain each access, as if the scenario said `explain on`.")
  var explain = false

  @Argument(help: "The scenario.")
  var file: String

  func validate() throws {
    guard output.format != .csv else { throw ValidationError("lab step prints text or json") }
    guard file != "-" else {
      throw ValidationError("standard input says how far to go; the scenario is a file")
    }
  }

  func run() throws {
    var runner = try LabRun.runner(
      try LabRun.scenario(at: file), options: .init(recordsChanges: true, explains: explain))
    var remaining = 0
    while !runner.isFinished {
      if remaining == 0 {
        guard let count = try ask(runner) else { break }
        remaining = count
      }
      guard let record = try LabRun.step(&runner) else { break }
      remaining -= 1
      let report = ActionReport(record)
      if output.format == .json {
        print(report.jsonLine)
      } else {
        for line in report.text { print(line) }
      }
    }
    let summary = ScenarioSummary(runner)
    print(output.format == .json ? summary.jsonLine : "\n" + summary.text)
    if summary.failures > 0 { throw ExitCode(1) }
  }

  /// How many actions are to run; nil to end.
  private func ask(_ runner: borrowing ScenarioRunner) throws -> Int? {
    if StandardError.isTerminal, let statement = runner.upcoming {
      StandardError.write("\(statement.position.line): \(statement.text) ? ")
    }
    guard let line = readLine() else { return nil }
    switch line {
    case "": return 1
    case "c": return .max
    case "q": return nil
    default:
      guard let count = Int(line), count > 0 else {
        throw ValidationError("'\(line)' on standard input: expected an empty line, a number, c or q")
      }
      return count
    }
  }
}
