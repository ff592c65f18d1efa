import ArgumentParser
import CommandOptions
import Foundation
import LinuxKernel
import PageTables
import Views

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compare two address spaces: what is mapped, unmapped, changed.",
    discussion: """
      Two PIDs (or `kernel`) are compared in one source; two files are compared for one PID, or for
      the tables that --cpu or --root names. A file that is called like a PID is written ./614.
      Accessed and dirty bits are not compared.

      Examples:
        pagewalk diff 614 kernel
        pagewalk diff -s dump.elf 1 423
        pagewalk diff before.elf after.elf 423
        pagewalk diff before.elf after.elf --cpu 0
        pagewalk diff -s dump.elf --paging x86-64 --root 301c000 --other-root 2ff4000

      Exit status: 1 if they differ.
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup var space: SpaceOptions
  @OptionGroup var output: OutputOptions

  @Option(
    help: ArgumentHelp("With --root: the second top table, in the same source.", valueName: "address"))
  var otherRoot: HexArgument?

  @Option(help: ArgumentHelp("Begin here.", valueName: "address"))
  var from: HexArgument?

  @Option(help: ArgumentHelp("End before here.", valueName: "address"))
  var to: HexArgument?

  @Argument(help: ArgumentHelp("PID PID, or FILE FILE [PID]", valueName: "what"))
  var arguments: [String] = []

  func validate() throws {
    guard otherRoot == nil || space.root != nil else {
      throw ValidationError("--other-root goes with --root")
    }
    if let to, to.value <= from?.value ?? 0 { throw ValidationError("--to must be above --from") }
  }

  /// Whether the first two arguments name files, and not processes.
  private var namesFiles: Bool {
    arguments.count >= 2
      && arguments[..<2].allSatisfy {
        Int($0) == nil && $0 != "kernel" && FileManager.default.fileExists(atPath: $0)
      }
  }

  func run() throws {
    let (before, after) = try sides()
    guard "\(before.space.format.name)" == "\(after.space.format.name)" else {
      throw SourceError(
        "the formats differ: \(before.space.format.name) and \(after.space.format.name)")
    }
    let format = before.space.format
    let digits = Int(format.addressBits) / 4
    if output.format == .csv { print(DifferenceReport.csvHeader) }
    var count = 0
    let comparison = SpaceComparison(format: format, before: before.space.root, after: after.space.root)
    // What one of the two roots does not serve is no difference.
    let start = max(VirtualAddress(from?.value ?? 0), before.space.lowest, after.space.lowest)
    let end = VirtualAddress(to.map { $0.value - 1 } ?? .max)
    // Of what changes, the second reading is shown, with what the first one lacks marked.
    let isRunning = before.source.isRunning || after.source.isRunning
    var reading = FirstReading()
    if isRunning {
      comparison.forEachDifference(
        from: start, through: end, in: before.source.memory, and: after.source.memory
      ) {
        reading.note(DifferenceReport($0, format: format))
      }
    }
    let isComplete = comparison.forEachDifference(
      from: start, through: end, in: before.source.memory, and: after.source.memory
    ) { difference in
      count += 1
      var report = DifferenceReport(difference, format: format)
      if isRunning, reading.hasChanged(report) { report.changing = true }
      switch output.format {
      case .json: print(report.jsonLine)
      case .csv: print(report.csv)
      case .text: print(report.text(digits: digits))
      }
    }
    let changes = [before, after].compactMap { side in
      reading.sentence("differences", of: [side.space], in: side.source)
    }
    if let change = changes.first { StandardError.write("pagewalk: partial: \(change)\n") }
    if !isComplete {
      StandardError.write("pagewalk: partial: some tables could not be read or followed\n")
    }
    if count > 0 { throw ExitCode(1) }
  }

  private typealias Side = (source: Source, space: AddressSpace)

  private func sides() throws -> (Side, Side) {
    if namesFiles {
      guard arguments.count <= (space.nameSpace ? 2 : 3), otherRoot == nil else {
        throw ValidationError("expected FILE FILE, and a PID unless --cpu or --root is given")
      }
      let process = arguments.count > 2 ? arguments[2] : nil
      return try (side(arguments[0], process), side(arguments[1], process))
    }
    if space.nameSpace {
      guard arguments.isEmpty, let otherRoot else {
        throw ValidationError("expected two files, or --root and --other-root; '\(missing)' is no file")
      }
      let source = try source.open()
      var other = space.request(process: nil, of: self.source)
      other.root = otherRoot.value
      return try (
        (source, space.request(process: nil, of: self.source).resolve(in: source)),
        (source, other.resolve(in: source))
      )
    }
    guard arguments.count == 2 else { throw ValidationError("expected PID PID, or FILE FILE [PID]") }
    let source = try source.open()
    return try (
      (source, space.request(process: arguments[0], of: self.source).resolve(in: source)),
      (source, space.request(process: arguments[1], of: self.source).resolve(in: source))
    )
  }

  private var missing: String {
    arguments.first { !FileManager.default.fileExists(atPath: $0) } ?? ""
  }

  private func side(_ file: String, _ process: String?) throws -> Side {
    var options = source
    options.source = file
    let source = try options.open()
    return try (source, space.request(process: process, of: self.source).resolve(in: source))
  }
}
