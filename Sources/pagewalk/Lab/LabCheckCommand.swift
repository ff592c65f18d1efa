import ArgumentParser
import CommandOptions
import KernelLab
import Views

struct LabCheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Run scenarios and tell only what they expect and is not so.",
    discussion: """
      Example:
        pagewalk lab check Examples/Scenarios/*.lab

      Exit status: 0 all is as expected; 1 something is not; 2 a scenario is malformed or cannot be done.
      """)

  @OptionGroup var output: OutputOptions

  @Argument(help: "The scenarios.")
  var files: [String]

  func validate() throws {
    guard output.format != .csv else { throw ValidationError("lab check prints text or json") }
  }

  func run() throws {
    // All are parsed before any runs: a malformed one is no reason to wait.
    let scenarios = try files.map { try LabRun.scenario(at: $0) }
    var failures: UInt64 = 0
    for scenario in scenarios {
      var runner = try LabRun.runner(scenario)
      while let record = try LabRun.step(&runner) {
        guard output.format == .text else {
          if record.checks.contains(where: { !$0.isMet }) { print(ActionReport(record).jsonLine) }
          continue
        }
        for check in record.checks where !check.isMet {
          print(
            "\(scenario.file):\(check.position.line):\(check.position.column): not met: \(check.text) (seen: \(check.seen))"
          )
        }
      }
      let summary = ScenarioSummary(runner)
      failures += summary.failures
      print(output.format == .json ? summary.jsonLine : summary.text)
    }
    if failures > 0 { throw ExitCode(1) }
  }
}
