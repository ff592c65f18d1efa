import ArgumentParser
import CommandOptions
import PageTables
import Views

struct FormatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "formats",
    abstract: "List the paging formats with their levels.",
    discussion: """
      Examples:
        pagewalk formats
        pagewalk formats --format json
      """)

  @OptionGroup var output: OutputOptions

  func run() throws {
    let reports = PagingFormat.catalogue.map { FormatReport($0) }
    switch output.format {
    case .json:
      for report in reports { print(report.jsonLine) }
    case .csv:
      print("name,levels,leaves,summary")
      for report in reports { print(csvLine(report.cells)) }
    case .text:
      var table = TextTable(header: ["name", "levels", "leaves", ""])
      for report in reports { table.add(report.cells) }
      for line in table.lines { print(line) }
    }
  }
}
