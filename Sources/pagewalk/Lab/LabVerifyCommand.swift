import ArgumentParser
import CommandOptions
import KernelLab
import Views

struct LabVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Run programs on the running kernel and in the lab, and compare after every operation.",
    discussion: """
      The programs map, touch, fork, protect, lock, move and unmap memory, in processes made for it: first one \
      for each rare rule, then random ones. Compared are results, signals, faults, areas, every page's bits, \
      counters, and, where the kernel shows frames (CAP_SYS_ADMIN), which pages share one. After a mismatch \
      the shortest program that shows it is printed.

      Examples:
        pagewalk lab verify --operations 10000 --seed 7
        pagewalk lab verify --replay recorded.log --format json

      Exit status: 0 no mismatch; 1 one or more; 2 the kernel cannot be observed, or the log is malformed.
      """)

  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("How many operations are compared, in whole programs.", valueName: "n"))
  var operations = 3000

  @Option(
    help: ArgumentHelp("The first random program's seed; each further one has the next.", valueName: "s"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("Operations in a random program.", valueName: "n"))
  var length = 100

  @Option(
    help: ArgumentHelp(
      "Follow a log that was recorded elsewhere, - for standard input, and leave the running kernel alone.",
      valueName: "log"))
  var replay: String?

  @Option(help: "The lab's machine, if not the one of the kernel's architecture.")
  var profile: String?

  func validate() throws {
    guard output.format != .csv else { throw ValidationError("lab verify prints text or json") }
    guard operations > 0, operations <= 1 << 40 else { throw ValidationError("--operations is at least 1") }
    guard (1...10_000).contains(length) else { throw ValidationError("--length is 1 to 10000") }
  }

  func run() throws {
    var machine: Profile?
    if let profile {
      do { machine = try ProfileRequest(parsing: profile).profile() } catch { throw SourceError("\(error)") }
    }
    let report: VerificationReport
    if let replay {
      report = try LabVerification.replay(logAt: replay, on: machine)
    } else {
      let line = ProgressLine("comparing")
      defer { line.finish() }
      report = try LabVerification.run(
        .init(operationCount: operations, seed: seed, programLength: length, profile: machine),
        progress: line.update)
    }
    if output.format == .json {
      print(report.jsonLine)
    } else {
      for line in report.text { print(line) }
    }
    if !report.mismatches.isEmpty { throw ExitCode(1) }
  }
}
