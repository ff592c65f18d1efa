import ArgumentParser
import CommandOptions
import Views

struct PsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ps",
    abstract: "List the processes of the kernel in an image, found without symbols.",
    discussion: """
      Columns: the root table's physical address (for a kernel thread, whose tables \
      it runs on, if any); how many pages of tables of each level the process has; \
      what they map; what the kernel itself counted (rss: pages of files, of no file \
      and of shared memory, where the kernel's types tell where it counts; with ~ where \
      counts of single processors may be missing); how much is mapped by large pages, how many pages \
      are in swap; the CPU that has the root loaded.

      Examples:
        pagewalk ps -s dump.elf
        pagewalk ps -s live
        pagewalk ps -s ram.raw --base 40000000 --threads
        pagewalk ps -s vmcore --format csv
        pagewalk ps -s vmcore --format json | jq 'select(.swapPages > 0)'
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Show threads, too.")
  var threads = false

  func run() throws {
    let source = try source.open()
    let kernel = try source.knowKernel()
    let progress = ProgressLine("counting tables")
    let table = ProcessTable(
      kernel, of: source, showsThreads: threads, progress: { progress.update($0) })
    progress.finish()
    switch output.format {
    case .json: for report in table.reports { print(report.jsonLine) }
    case .csv:
      print(ProcessTable.csvHeader)
      print(table.csv)
    case .text: print(table.text)
    }
    if output.format != .text, let note = table.rootNote { StandardError.write("pagewalk: \(note)\n") }
    if output.format != .text, table.isPartial {
      StandardError.write("pagewalk: partial: not everything could be read; see incomplete and doubts\n")
    }
  }
}
