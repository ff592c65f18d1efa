import ArgumentParser
import CommandOptions
import KernelLab
import Views

struct LabRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a scenario and tell what came of each line.",
    discussion: """
      Examples:
        pagewalk lab run FILE.lab
        pagewalk lab run FILE.lab --changes
        pagewalk lab run FILE.lab --format json | jq .results

      Exit status: 0 it ran, and all that it expects is so; 1 something is not; 2 it is malformed or cannot \
      be done.
      """)

  @OptionGroup var output: OutputOptions

  @Flag(help: "Show what each line changed: entries, frames, TLBs, counters.")
  var changes = false

  @Flag(help: "Explain each access, as if the scenario said `explain on`.")
  var explain = false

  @Argument(help: "The scenario; - for standard input.")
  var file: String

  func validate() throws {
    guard output.format != .csv else { throw ValidationError("lab run prints text or json") }
  }

  func run() throws {
    var runner = try LabRun.runner(
      try LabRun.scenario(at: file), options: .init(recordsChanges: changes, explains: explain))
    while let record = try LabRun.step(&runner) {
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
}
