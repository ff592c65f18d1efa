import ArgumentParser
import CommandOptions
import KernelLab
import Views

struct SizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "size",
    abstract: "Tell what linear, multi-level, inverted and hashed page tables need.",
    discussion: """
      With a format or with numbers it is arithmetic. With a source, or with none of these, it is \
      about the real mappings of processes: what their tables take now, and what tables \
      of other kinds would take; every mapped page is looked for once in each, and the \
      entries that had to be read are counted.

      Examples:
        pagewalk size --paging x86 --ram 4G --processes 4 --mapped 4M
        pagewalk size --address-bits 32 --page-size 4K --entry-size 4 --levels 10,10
        pagewalk size --address-bits 14 --page-size 1K --ram 16K --processes 4
        pagewalk size -s dump.elf                    every process
        pagewalk size -s dump.elf 614 702            these two
        pagewalk size --format csv

      Sizes may end in K, M, G, T, P or E, which are powers of 1024.
      """)

  @Option(help: ArgumentHelp("Bits of a virtual address (default: 32).", valueName: "bits"))
  var addressBits: Int?

  @Option(help: ArgumentHelp("Bytes of a page (default: 4K).", valueName: "size"))
  var pageSize: SizeArgument?

  @Option(
    help: ArgumentHelp(
      "Bytes of an entry (default: 4, or 8 for addresses of more than 32 bits).", valueName: "size"))
  var entrySize: SizeArgument?

  @Option(
    help: ArgumentHelp(
      "Index bits of each level, top first, such as 10,10 (default: tables of a page each).",
      valueName: "bits"))
  var levels: LevelsArgument?

  @Option(help: ArgumentHelp("Bytes of RAM: an inverted table has an entry a frame.", valueName: "size"))
  var ram: SizeArgument?

  @Option(help: ArgumentHelp("How many processes there are (default: 1).", valueName: "number"))
  var processes: UInt64?

  @Option(help: ArgumentHelp("Bytes that each process maps.", valueName: "size"))
  var mapped: SizeArgument?

  @Option(help: ArgumentHelp("Bytes of an inverted table's entry (default: 16).", valueName: "size"))
  var invertedEntrySize: SizeArgument?

  @OptionGroup var source: SourceOptions
  @OptionGroup var space: SpaceOptions
  @OptionGroup var output: OutputOptions

  @Argument(help: ArgumentHelp("PIDs of the source; all processes if there is none.", valueName: "pid"))
  var pids: [Int] = []

  private var request: TableSizeRequest {
    var request = TableSizeRequest()
    request.paging = source.paging
    request.virtualAddressBits = source.vaBits
    request.addressBits = addressBits
    request.pageByteCount = pageSize?.byteCount
    request.entryByteCount = entrySize?.byteCount
    request.levels = levels?.indexBits
    request.ramByteCount = ram?.byteCount
    request.processCount = processes
    request.mappedByteCount = mapped?.byteCount
    request.invertedEntryByteCount = invertedEntrySize?.byteCount
    return request
  }

  /// Whether a source is asked, and not numbers.
  private var namesSource: Bool { source.source != "lab" || space.nameSpace || !pids.isEmpty }

  mutating func validate() throws {
    guard !namesSource || !request.saysMoreThanFormat else {
      throw ValidationError(
        "a source tells its own sizes; leave out either the source, its PIDs and --root, or the numbers")
    }
    guard !space.nameSpace || pids.isEmpty else {
      throw ValidationError("--root and --cpu name one address space; leave out the PIDs")
    }
  }

  func run() throws {
    let isArithmetic = !namesSource && (request.saysMoreThanFormat || request.paging != nil)
    if isArithmetic {
      let (size, needs) = try request.needs()
      let reports = needs.map { SizeReport($0, of: size) }
      show(reports) { SizeText.lines(reports, of: size) }
      return
    }
    let source = try source.open()
    let tables = try space.request(process: nil, of: self.source).pageTables(in: source)
    let answer = try SourceTables(tables, pids: pids, of: source)
    show(answer.reports) { SizeText.lines(answer) }
    if !answer.isComplete {
      StandardError.write("pagewalk: partial: not all that is mapped could be read or entered\n")
    }
  }

  private func show(_ reports: [SizeReport], text: () -> [String]) {
    switch output.format {
    case .json: for report in reports { print(report.jsonLine) }
    case .csv:
      print(SizeReport.csvHeader)
      for report in reports { print(report.csvLine) }
    case .text: for line in text() { print(line) }
    }
  }
}
