import ArgumentParser
import CommandOptions
import Foundation
import PageTables
import Views

struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Show what changes in a range of a running machine's tables, as it happens.",
    discussion: """
      A line for each change: a page appears, goes, is copied on write, protected, \
      swapped out or in, made huge or split; a table appears or goes. What comes and \
      goes between two looks is not seen. Ends with the process, after --for, or when \
      interrupted.

      RANGE is START-END as in /proc/PID/maps, START+SIZE (+4K, +2M), or an address: \
      its page.

      Examples:
        pagewalk watch -s qemu:qmp.sock 614 7e9e6000-7ea06000
        pagewalk watch -s qemu:qmp.sock init 401000+2M --every 10ms
        pagewalk watch -s qemu:qmp.sock kernel ffffc90000000000+1G --for 10s --format json
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup var space: SpaceOptions
  @OptionGroup var output: OutputOptions

  @Option(name: .customLong("for"), help: ArgumentHelp("End after this time.", valueName: "10s"))
  var time: DurationArgument?

  @Option(help: ArgumentHelp("Time between two looks.", valueName: "100ms"))
  var every = DurationArgument(.milliseconds(100))

  @Argument(help: ArgumentHelp("[PID] RANGE", valueName: "pid-and-range"))
  var arguments: [String]

  func validate() throws {
    guard arguments.count == (space.nameSpace ? 1 : 2) else {
      throw ValidationError(
        space.nameSpace ? "expected a RANGE; with --root or --cpu there is no PID" : "expected PID RANGE")
    }
    guard !source.pause else {
      throw ValidationError("--pause stops the machine, and nothing would change")
    }
  }

  func run() throws {
    guard let range = RangeArgument(argument: arguments[arguments.count - 1]) else {
      throw ValidationError("'\(arguments[arguments.count - 1])' is no range; write START-END or START+SIZE")
    }
    let source = try source.open()
    try Watch.check(source)
    let process = space.nameSpace ? nil : arguments[0]
    let space = try space.request(process: process, of: self.source).resolve(in: source)
    var watch = try Watch(range.pages(of: space.format), of: space, in: source)
    switch output.format {
    case .json: Self.write(watch.report.jsonLine)
    case .csv: Self.write(SpaceChangeReport.csvHeader)
    case .text: Self.write(watch.report.text)
    }
    let format = output.format
    try watch.run(every: every.duration, for: time?.duration) { change in
      switch format {
      case .json: Self.write(change.jsonLine)
      case .csv: Self.write(change.csv)
      case .text: Self.write(change.text)
      }
    }
  }

  /// Prints a line at once: who watches does not wait until a buffer is full.
  ///
  /// - Returns: whether somebody still reads.
  @discardableResult
  private static func write(_ line: String) -> Bool {
    (try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))) != nil
  }
}
