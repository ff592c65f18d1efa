import ArgumentParser
import CommandOptions
import Foundation
import PageTables
import Views

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write what the explorer shows into one HTML file.",
    discussion: """
      The file needs no server and asks nothing of the network: attach it to a bug. It has \
      the address spaces, the kernel page table against processes', physical memory, audit \
      and statistics, and the walks that are named.

      Examples:
        pagewalk report -o lab.html
        pagewalk report -s dump.elf -o dump.html --walk 614 7e9e6c24
        pagewalk report -s dump.elf -o dump.html --walk 1 401000 --walk kernel ffffffff81000000
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup var space: SpaceOptions

  @Option(name: [.short, .long], help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "A process (a PID, or kernel) and an address of it to have in the report; further pairs may follow.",
      valueName: "pid-and-address"))
  var walk: [String] = []

  @Flag(help: "Replace the file if it exists.")
  var force = false

  func validate() throws {
    guard walk.count.isMultiple(of: 2) else {
      throw ValidationError("--walk takes pairs: a PID (or kernel) and an address")
    }
    for word in walk.enumerated() where word.offset % 2 == 1 && HexArgument(argument: word.element) == nil {
      throw ValidationError("'\(word.element)' is not a hexadecimal address")
    }
  }

  func run() throws {
    guard force || !FileManager.default.fileExists(atPath: output) else {
      throw SourceError("\(output) exists; --force replaces it")
    }
    let source = try source.open()
    let walks = stride(from: 0, to: walk.count, by: 2).map { place in
      ExplorerReport.Walk(
        process: walk[place], address: VirtualAddress(parseHexadecimal(walk[place + 1]) ?? 0))
    }
    let report = try ExplorerReport(source, space: space.request(process: nil, of: self.source), walks: walks)
    let html = try report.html()
    do {
      try Data(html.utf8).write(to: URL(filePath: output))
    } catch {
      throw SourceError("\(output): cannot be written: \((error as NSError).localizedDescription)")
    }
    print("\(output): \(sizeText(UInt64(html.utf8.count)))")
    for note in report.notes { StandardError.write("pagewalk: \(note)\n") }
  }
}
