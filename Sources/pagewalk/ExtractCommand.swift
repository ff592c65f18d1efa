import ArgumentParser
import CommandOptions
import Views

struct ExtractCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Write a small image with the page tables and what leads to them: to attach to a bug.",
    discussion: """
      The extract is an ELF core, often less than a hundredth of the image. It has the page tables and the \
      kernel's structures that other commands read: they answer the same with it as with the whole image, \
      only the bytes that programs map are gone. Before it gets its name, the kernel is searched for in it \
      and compared.

      No page that a process maps is in it. But pages are kept whole: it holds kernel memory, with names of \
      processes and files, kernel addresses, and whatever else lies in the same pages as those \
      structures.

      Examples:
        pagewalk extract -s vmcore -o tables.elf
        pagewalk extract -s ram.raw --base 40000000 -o tables.elf
        pagewalk ps -s tables.elf
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup var output: OutputOptions

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The file to write.", valueName: "file"))
  var file: String

  @Flag(help: "Replace the file if it exists.")
  var force = false

  @Flag(
    help: "Leave the kernel's own symbols and types out, some MB: owners of kernel memory lose their names.")
  var withoutNames = false

  func validate() throws {
    guard output.format != .csv else { throw ValidationError("extract prints text or json") }
  }

  func run() throws {
    let source = try source.open()
    let report = try source.extract(to: file, replaces: force, keepsNames: !withoutNames) { step in
      if StandardError.isTerminal { StandardError.write("\r\u{1b}[K\(step)") }
    }
    if StandardError.isTerminal { StandardError.write("\r\u{1b}[K") }
    print(output.format == .json ? report.jsonLine : report.text)
  }
}
