import ArgumentParser
import CommandOptions
import LinuxKernel
import PageTables
import Views

struct MapCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "map",
    abstract: "Show a whole address space as merged ranges.",
    discussion: """
      Each range is shown with the area (VMA) of the process behind it, or the kernel's region, where these \
      are known; --areas shows the areas instead, and what their tables hold.

      Examples:
        pagewalk map 614
        pagewalk map -s dump.elf 1
        pagewalk map -s dump.elf init --areas
        pagewalk map -s dump.elf kernel
        pagewalk map -s dump.elf                          the first CPU in user mode
        pagewalk map -s dump.elf --access wx              writable and executable
        pagewalk map -s dump.elf --access u --without w   read-only for user mode
        pagewalk map -s dump.elf --page-size 2M --from ffff888000000000
        pagewalk map -s dump.elf --gaps --format csv
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup var space: SpaceOptions
  @OptionGroup var output: OutputOptions

  @Option(help: ArgumentHelp("Only ranges that give all of these rights.", valueName: "letters of rwxu"))
  var access = ""

  @Option(help: ArgumentHelp("Only ranges that give none of these rights.", valueName: "letters of rwxu"))
  var without = ""

  @Option(help: "Only ranges of this page size, such as 4K, 2M, 1G.")
  var pageSize: PageSizeArgument?

  @Option(help: ArgumentHelp("Begin here.", valueName: "address"))
  var from: HexArgument?

  @Option(help: ArgumentHelp("End before here.", valueName: "address"))
  var to: HexArgument?

  @Flag(help: "Show holes, too.")
  var gaps = false

  @Flag(help: "Show the areas of the process, and what the tables hold of each.")
  var areas = false

  @Argument(help: ArgumentHelp("A PID, the command of only one process, or `kernel`.", valueName: "pid"))
  var pid: String?

  func validate() throws {
    for letter in access + without where !"rwxu".contains(letter) {
      throw ValidationError("'\(letter)' is no right; the rights are r, w, x and u")
    }
    if let to, to.value <= from?.value ?? 0 { throw ValidationError("--to must be above --from") }
    if pid != nil, space.nameSpace { throw ValidationError("with --root or --cpu there is no PID") }
  }

  func run() throws {
    let source = try source.open()
    if let pages = try source.pages(ofProcess: pid) { return try show(pages) }
    let space = try space.request(process: pid, of: self.source).resolve(in: source)
    let filter = RangeFilter(
      requiredAccess: access, forbiddenAccess: without, pageSizeBytes: pageSize?.byteCount, showsGaps: gaps)
    let format = output.format
    let digits = Int(space.format.addressBits) / 4
    let first = max(from?.value ?? 0, space.lowest.rawValue)
    let last = min(to.map { $0.value - 1 } ?? .max, UInt64.max >> (64 - UInt64(space.format.addressBits)))
    let labels = try RangeLabels(of: space, in: source, through: areas ? nil : VirtualAddress(last))
    if areas { return try showAreas(labels, of: space, in: source) }
    guard first <= last else { throw ExitCode(1) }
    let progress = ProgressLine("map", besideOutput: true)
    if format == .csv { print(RangeReport.csvHeader) }
    var shown = 0
    var isPartial = false
    // Of what changes, the second reading is shown, with what the first one lacks marked.
    var reading = FirstReading()
    if source.isRunning {
      var sink = RangeCallback { range in
        if filter.accepts(range) { for report in labels.reports(of: range) { reading.note(report) } }
      }
      _ = space.walker.ranges(
        from: VirtualAddress(first), through: VirtualAddress(last), in: source.memory, into: &sink)
    }
    var sink = RangeCallback { range in
      progress.update(Double(range.last.rawValue &- first) / Double(last &- first))
      isPartial = isPartial || range.isSuspicious
      guard filter.accepts(range) else { return }
      for var report in labels.reports(of: range) {
        shown += 1
        if source.isRunning, reading.hasChanged(report) { report.changing = true }
        switch format {
        case .json: print(report.jsonLine)
        case .csv: print(report.csv)
        case .text: print(report.text(digits: digits))
        }
      }
    }
    let summary = space.walker.ranges(
      from: VirtualAddress(first), through: VirtualAddress(last),
      in: source.memory, into: &sink)
    progress.finish()
    if let change = reading.sentence("ranges", of: [space], in: source) {
      StandardError.write("pagewalk: partial: \(change)\n")
    }
    if isPartial || !summary.isComplete {
      StandardError.write(
        "pagewalk: partial: some tables could not be read or followed; those ranges are shown as holes with their reason\n"
      )
    }
    Self.tell(labels.areas?.gaps ?? [])
    if shown == 0 { throw ExitCode(1) }
  }

  /// The same where there are no tables: which pages are in memory.
  private func show(_ pages: PagesView) throws {
    guard access.isEmpty, without.isEmpty, pageSize == nil, !gaps, !areas else {
      throw ValidationError(
        "pagemap knows neither rights nor page sizes nor tables: only --from and --to work")
    }
    var shown = 0
    if output.format == .csv { print(PagesReport.csvHeader) }
    try pages.forEachRun(
      from: VirtualAddress(from?.value ?? 0), through: VirtualAddress(to.map { $0.value - 1 } ?? .max)
    ) { report in
      shown += 1
      switch output.format {
      case .json: print(report.jsonLine)
      case .csv: print(report.csv)
      case .text: print(report.text)
      }
    }
    if shown == 0 { throw ExitCode(1) }
  }

  private func showAreas(_ labels: RangeLabels, of space: AddressSpace, in source: Source) throws {
    guard let list = labels.areas else {
      throw SourceError(
        "\(source.name): only processes of a real kernel have areas: name an image and a process, as in "
          + "`pagewalk map -s IMAGE PID --areas`")
    }
    let digits = Int(space.format.addressBits) / 4
    if output.format == .csv { print(AreaReport.csvHeader) }
    let first = from?.value ?? 0
    for area in list.areas where area.last.rawValue >= first && area.first.rawValue < to?.value ?? .max {
      let report = AreaReport(area, AreaUsage(area, walker: space.walker, in: source.memory))
      switch output.format {
      case .json: print(report.jsonLine)
      case .csv: print(report.csv)
      case .text: print(report.text(digits: digits))
      }
    }
    Self.tell(list.gaps)
    if list.areas.isEmpty { throw ExitCode(1) }
  }

  /// What is missing of the areas.
  private static func tell(_ gaps: [String]) {
    for gap in gaps { StandardError.write("pagewalk: partial: areas: \(gap)\n") }
  }
}

/// A page size such as `4K`, `2M`, `1G`, or a number of bytes.
struct PageSizeArgument: ExpressibleByArgument {
  let byteCount: UInt64

  init?(argument: String) {
    let text = argument.uppercased().replacing("IB", with: "")
    let shifts: [Character: UInt64] = ["K": 10, "M": 20, "G": 30, "T": 40]
    let shift = text.last.flatMap { shifts[$0] }
    guard let number = UInt64(shift == nil ? text[...] : text.dropLast()), number > 0,
      number <= UInt64.max >> (shift ?? 0)
    else { return nil }
    byteCount = number << (shift ?? 0)
  }
}
