import ArgumentParser
import CommandOptions
import KernelLab
import Views

struct LabProfilesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profiles",
    abstract: "List the machines that the lab can boot.",
    discussion: """
      Example:
        pagewalk ps -s lab:x86-64,ram=512M
      """)

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard output.format != .csv else { throw ValidationError("lab profiles prints text or json") }
  }

  func run() throws {
    let reports = Profile.all.map { ProfileReport($0) }
    if output.format == .json {
      for report in reports { print(report.jsonLine) }
    } else {
      for line in ProfileReport.text(reports) { print(line) }
    }
  }
}
