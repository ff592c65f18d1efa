import ArgumentParser
import CommandOptions
import PageTables
import Views

struct WalkCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "walk",
    abstract: "Show every level of a translation, decoded, and the value there.",
    discussion: """
      With --root or --cpu, or where only one argument is given, all arguments are \
      addresses; otherwise the first one is a process: its PID, its command if no \
      other has that, or `kernel`. An address of - reads addresses from standard \
      input.

      Examples:
        pagewalk walk 614 7e9e6c24
        pagewalk walk -s live 1 7ffc12345678
        pagewalk walk -s dump.elf init 401000
        pagewalk walk -s dump.elf kernel ffffffff81000000
        pagewalk walk -s dump.elf 7ffc12345678
        pagewalk walk -s dump.elf --cpu 1 ffffffff81000000 ffffffff82000000
        pagewalk walk -s ram.raw --base 0 --root 301c000 --paging x86-64 400000
        grep -o '^[0-9a-f]*' maps | pagewalk walk -s dump.elf --cpu 0 - --format json
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup var space: SpaceOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "How many bytes of the value to show; the machine word if not given.")
  var length: Int?

  @Argument(help: ArgumentHelp("[PID] ADDRESS...", valueName: "pid-and-addresses"))
  var arguments: [String]

  func validate() throws {
    guard length.map({ (1...1 << 20).contains($0) }) ?? true else {
      throw ValidationError("--length is from 1 to 1048576 bytes")
    }
  }

  func run() throws {
    let hasPID = !space.nameSpace && arguments.count > 1
    let source = try source.open()
    if let pages = try source.pages(ofProcess: hasPID ? arguments[0] : nil) {
      return try show(pages, arguments.dropFirst())
    }
    let space = try space.request(process: hasPID ? arguments[0] : nil, of: self.source).resolve(in: source)
    var status = ExitCode.success
    var isFirst = true
    var unreadable: WalkReport?
    if output.format == .csv { print(WalkReport.csvHeader) }
    try forEachAddress(hasPID ? arguments.dropFirst() : arguments[...]) { address in
      try space.check(VirtualAddress(address))
      let report = WalkReport(
        VirtualAddress(address), in: space, of: source, valueByteCount: length)
      switch output.format {
      case .json: print(report.jsonLine)
      case .csv: print(report.csv)
      case .text:
        if !isFirst { print() }
        print(report.text)
      }
      isFirst = false
      if report.isUnreadable {
        unreadable = unreadable ?? report
        status = ExitCode(2)
      } else if !report.isMapped, status == .success {
        status = ExitCode(1)
      }
    }
    if let unreadable {
      StandardError.write(
        "pagewalk: \(source.name): the tables for \(hexadecimal(unreadable.virtual.value)) cannot be read: "
          + "\(unreadable.explanation ?? "")\n")
    }
    if status != .success { throw status }
  }

  /// The same where there are no tables to walk.
  private func show(_ pages: PagesView, _ words: ArraySlice<String>) throws {
    var isMapped = true
    var isFirst = true
    if output.format == .csv { print(LeafReport.csvHeader) }
    try forEachAddress(words) { address in
      let report = try pages.leaf(at: VirtualAddress(address), valueByteCount: length)
      switch output.format {
      case .json: print(report.jsonLine)
      case .csv: print(report.csv)
      case .text: print((isFirst ? "" : "\n") + report.text)
      }
      isFirst = false
      isMapped = isMapped && report.isMapped
    }
    if !isMapped { throw ExitCode(1) }
  }

  /// The addresses of the command line; `-` stands for the lines of standard input.
  private func forEachAddress(_ words: ArraySlice<String>, _ body: (UInt64) throws -> Void) throws {
    for word in words {
      if word == "-" {
        while let line = readLine() {
          let text = line.trimmingPrefix(while: \.isWhitespace)
          guard !text.isEmpty else { continue }
          try body(address(String(text.prefix { !$0.isWhitespace })))
        }
      } else {
        try body(address(word))
      }
    }
  }

  private func address(_ word: String) throws -> UInt64 {
    guard let address = parseHexadecimal(word) else {
      throw ValidationError("'\(word)' is not a hexadecimal address")
    }
    return address
  }
}
