import ArgumentParser
import CommandOptions
import PageTables
import Views

struct FramesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "frames",
    abstract: "Show who reaches a frame of physical memory: every process, address and level.",
    discussion: """
      A frame is given by its number, in hexadecimal: its physical address divided by the page size. What all
      processes have from the kernel's own table is told once, as the kernel's. A frame that holds page
      tables says which addresses they translate, and for whom.

      Examples:
        pagewalk frames 574a1
        pagewalk frames --physical 574a1c24
        pagewalk frames --where 614 7e9e6c24              who else has that page
        pagewalk frames -s dump.elf 1a2b3 1a2b4 --format json
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "The arguments are physical addresses, not frame numbers.")
  var physical = false

  @Flag(help: "The arguments are a PID (or `kernel`) and an address there: show the frame behind it.")
  var `where` = false

  @Argument(help: ArgumentHelp("FRAME..., or with --where: PID ADDRESS", valueName: "frames"))
  var arguments: [String]

  func validate() throws {
    guard !(physical && `where`) else { throw ValidationError("--physical and --where exclude each other") }
    guard !`where` || arguments.count == 2 else { throw ValidationError("--where takes PID ADDRESS") }
    for word in `where` ? arguments.suffix(1) : arguments[...] where parseHexadecimal(word) == nil {
      throw ValidationError("'\(word)' is not a hexadecimal \(`where` || physical ? "address" : "number")")
    }
  }

  func run() throws {
    let progress = ProgressLine("reading page tables")
    let search = try FrameSearch(source.open(), progress: { progress.update($0) })
    progress.finish()
    var answers: [FrameAnswer] = []
    if `where` {
      answers.append(
        try search.answer(process: arguments[0], address: VirtualAddress(parseHexadecimal(arguments[1]) ?? 0))
      )
    } else {
      for word in arguments {
        let number = parseHexadecimal(word) ?? 0
        guard let address = physical ? PhysicalAddress(number) : search.physical(frame: number) else {
          throw ValidationError("\(word): there is no such frame; --physical takes addresses")
        }
        answers.append(.frame(search.report(of: address)))
      }
    }
    var isUsed = true
    for (index, answer) in answers.enumerated() {
      switch answer {
      case .frame(let report):
        isUsed = isUsed && report.isUsed
        show(report, isFirst: index == 0)
      case .notMapped(let report):
        isUsed = false
        show(report)
      }
    }
    for gap in search.gaps { StandardError.write("pagewalk: partial: \(gap)\n") }
    if !isUsed { throw ExitCode(1) }
  }

  private func show(_ report: FrameReport, isFirst: Bool) {
    switch output.format {
    case .json: print(report.jsonLine)
    case .csv: print((isFirst ? FrameReport.csvHeader + "\n" : "") + report.csv)
    case .text: print((isFirst ? "" : "\n") + report.text)
    }
  }

  /// An address without a frame: the walk says why.
  private func show(_ report: WalkReport) {
    switch output.format {
    case .json: print(report.jsonLine)
    case .csv: print(WalkReport.csvHeader + "\n" + report.csv)
    case .text: print(report.text)
    }
  }
}
