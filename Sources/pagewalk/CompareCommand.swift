import ArgumentParser
import CommandOptions
import Views

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare processes' page tables with the kernel page table.",
    discussion: """
      Most architectures copy the kernel's entries into every process's tables. An \
      entry that the kernel makes later is not in the copies: an access faults until \
      it is copied, too. This shows, process by process, which entries are deferred \
      (not here yet), stale (gone from the kernel's), different, or explained.

      Examples:
        pagewalk compare
        pagewalk compare -s dump.elf                  every process
        pagewalk compare -s dump.elf 614 702          these two
        pagewalk compare -s dump.elf --format csv     one line an entry
        pagewalk compare -s arm.raw --base 40000000 --kernel-start bf000000

      Exit status: 0 all the same or explained; 1 something differs, or changes faster \
      than it can be read; 2 bad usage, or something could not be read and the rest is the same.
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup var output: OutputOptions

  @Option(
    help: ArgumentHelp(
      "32-bit formats: the lowest of the kernel's addresses; otherwise the kernel page table tells.",
      valueName: "address"))
  var kernelStart: HexArgument?

  @Argument(help: ArgumentHelp("PIDs; all processes if there is none.", valueName: "pid"))
  var pids: [Int] = []

  func run() throws {
    let source = try source.open()
    let request = ComparisonRequest(pids: pids, kernelStart: kernelStart?.value)
    let answer = try request.answer(from: source)
    switch output.format {
    case .text: for line in answer.text { print(line) }
    case .json: for report in answer.reports { print(report.jsonLine) }
    case .csv:
      print(ComparisonReport.csvHeader)
      for line in answer.reports.flatMap(\.csv) { print(line) }
    }
    if !answer.isComplete {
      StandardError.write(
        "pagewalk: partial: some entries could not be read; they are shown as unreadable with the reason\n")
    }
    if !answer.changing.isEmpty {
      StandardError.write(
        "pagewalk: partial: the system is running: \(answer.changing.count) processes changed or exited while they "
          + "were read\n")
    }
    if answer.differs || answer.isUnsettled { throw ExitCode(1) }
    if !answer.isComplete { throw ExitCode(2) }
  }
}
