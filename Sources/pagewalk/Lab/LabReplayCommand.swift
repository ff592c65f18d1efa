import ArgumentParser
import CommandOptions
import KernelLab
import Views

struct LabReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract: "Replay a trace of accesses on machines of the lab: TLB, walks, faults, table memory.",
    discussion: """
      Valgrind's lackey text, ChampSim's records and pagewalk's own compact form are read, in one pass for all \
      profiles. One process does it all on one CPU. The trace tells nothing of areas: an anonymous area of \
      2 MiB is made where an address is used for the first time, and neighbours become one. Addresses that are \
      no user's on a machine are counted as refused.

      Examples:
        valgrind --tool=lackey --trace-mem=yes --log-file=TRACE true
        pagewalk lab replay TRACE --profile x86-64,arm --profile riscv64
        pagewalk lab replay TRACE --profile x86-64/ram=4G
        xzcat TRACE.xz | pagewalk lab replay - -o TRACE.compact

      Exit status: 0 all of it was replayed; 1 a machine had to stop; 2 the trace is malformed.
      """)

  @OptionGroup var output: OutputOptions

  @Option(
    help: ArgumentHelp(
      "A machine, or several with commas; options of one follow slashes. x86-64 if there is none.",
      valueName: "name"))
  var profile: [String] = []

  @Option(help: ArgumentHelp("Stop after so many records, rounded up to whole batches.", valueName: "n"))
  var limit: UInt64?

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("Only write the trace in the compact form to this file.", valueName: "file"))
  var compact: String?

  @Flag(help: "Replace the file if it exists.")
  var force = false

  @Argument(help: "The trace; - for standard input.")
  var trace: String

  func validate() throws {
    guard output.format != .csv else { throw ValidationError("lab replay prints text or json") }
    guard compact == nil || (profile.isEmpty && limit == nil) else {
      throw ValidationError("-o only converts: replay the file that it makes")
    }
    guard compact != "-" else { throw ValidationError("-o names a file") }
  }

  func run() throws {
    if let compact {
      print(try LabReplay.convert(traceAt: trace, to: compact, replaces: force))
      return
    }
    let names = profile.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
    var chosen: [Profile] = []
    for name in names.isEmpty ? ["x86-64"] : names {
      do {
        let request = name.split(separator: "/", omittingEmptySubsequences: false).joined(separator: ",")
        chosen.append(try ProfileRequest(parsing: request).profile())
      } catch { throw SourceError("\(error)") }
    }
    let line = ProgressLine("replaying")
    defer { line.finish() }
    let reports = try LabReplay.run(traceAt: trace, on: chosen, recordLimit: limit ?? .max) { count in
      if let limit { line.update(Double(count) / Double(max(1, limit))) }
    }
    line.finish()
    if output.format == .json {
      for report in reports { print(report.jsonLine) }
    } else {
      for line in ReplayReport.text(reports) { print(line) }
    }
    if reports.contains(where: { $0.stopped != nil }) { throw ExitCode(1) }
  }
}
