import ArgumentParser
import KernelLab
import Views

struct LabProgramsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "programs",
    abstract: "Print programs for a kernel that runs elsewhere, whose log lab verify --replay compares.",
    discussion: """
      One operation a line; a line 'program' begins each program. First come those for rare rules (64-bit \
      machines only), then random ones, which aim at the tables of the machine that is named. A guest of the \
      test suite does them, and prints what was seen:

        pagewalk lab programs i386-pae --operations 6000 > programs
        scripts/guests observe i386-pae programs log
        pagewalk lab verify --replay log

      Example:
        pagewalk lab programs arm --operations 200 --seed 7
      """)

  @Argument(help: "The machine: a profile, with options as in x86-64,release=6.1.")
  var profile: String

  @Option(help: ArgumentHelp("At least how many operations, in whole programs.", valueName: "n"))
  var operations = 3000

  @Option(
    help: ArgumentHelp("The first random program's seed; each further one has the next.", valueName: "s"))
  var seed: UInt64 = 0

  @Option(help: ArgumentHelp("Operations in a random program.", valueName: "n"))
  var length = 100

  func validate() throws {
    guard (1...10_000_000).contains(operations) else {
      throw ValidationError("--operations is 1 to 10000000")
    }
    guard (1...10_000).contains(length) else { throw ValidationError("--length is 1 to 10000") }
  }

  func run() throws {
    try LabVerification.programs(
      for: profile, operationCount: operations, seed: seed, programLength: length
    ) { print($0, terminator: "") }
  }
}
