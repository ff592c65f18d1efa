import ArgumentParser
import CommandOptions
import KernelLab
import Views

struct LabExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Run a scenario, then do one more access and explain it.",
    discussion: """
      Tells what the TLB and the tables said, which fault there was, what the kernel decided, what it \
      allocated and wrote, and which counters moved.

      Example:
        pagewalk lab explain FILE.lab 1 10000 write
        pagewalk lab explain FILE.lab kernel c8800000 read
      """)

  @OptionGroup var output: OutputOptions

  @Argument(help: "The scenario.")
  var file: String

  @Argument(help: "A PID, a name that the scenario gave, or `kernel`.")
  var task: String

  @Argument(help: "Where, in hexadecimal, or a name that the scenario gave.")
  var address: String

  @Argument(help: "read, write or execute.")
  var access: String

  func validate() throws {
    guard output.format != .csv else { throw ValidationError("lab explain prints text or json") }
  }

  func run() throws {
    let record = try LabRun.explain("\(access) \(task) \(address)", after: file)
    let report = ActionReport(record)
    if output.format == .json {
      print(report.jsonLine)
    } else {
      for line in report.text { print(line) }
    }
  }
}
