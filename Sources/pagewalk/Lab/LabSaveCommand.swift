import ArgumentParser
import KernelLab
import Views

struct LabSaveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "save",
    abstract: "Run a scenario and write the machine's RAM as an ELF core.",
    discussion: """
      The core holds what was ever written to the lab's RAM, and for x86 the CPUs' \
      registers as QEMU writes them. For other architectures --root names the table.

      Example:
        pagewalk lab save FILE.lab -o lab.elf
        pagewalk walk -s lab.elf --cpu 0 10000
      """)

  @Option(name: [.short, .long], help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String

  @Flag(help: "Replace the file if it exists.")
  var force = false

  @Argument(help: "The scenario.")
  var file: String

  func run() throws {
    let image = try LabRun.image(ofScenarioAt: file)
    print(try LabCore(image).write(to: output, replaces: force))
  }
}
