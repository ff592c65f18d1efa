import ArgumentParser
import CommandOptions
import LinuxKernel
import PageTables
import Views

struct StatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Show how much memory page tables take, and how well they are used.",
    discussion: """
      Tables that the kernel's master reaches are counted once, as the kernel's. With --root or
      --cpu only those tables are counted.

      Examples:
        pagewalk stats
        pagewalk stats -s dump.elf
        pagewalk stats -s dump.elf --format csv
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup var space: SpaceOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let source = try source.open()
    let tables = try space.request(process: nil, of: self.source).pageTables(in: source)
    let statistics = SteadyStatistics(tables, in: source)
    let reports = StatisticsReport.reports(statistics)
    switch output.format {
    case .json:
      for report in reports { print(report.jsonLine) }
    case .csv:
      print(StatisticsReport.csvHeader)
      for report in reports { for line in report.csvLines { print(line) } }
    case .text:
      for line in StatisticsReport.text(reports) { print(line) }
    }
    if let sentence = statistics.sentence { StandardError.write("pagewalk: partial: \(sentence)\n") }
    if !statistics.statistics.isComplete {
      StandardError.write(
        "pagewalk: partial: some tables could not be read or followed and are not counted\n")
    }
  }
}
