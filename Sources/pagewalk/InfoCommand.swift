import ArgumentParser
import CommandOptions
import LinuxKernel
import Views

struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Show what a source is: kind, architecture, registers, which memory it holds.",
    discussion: """
      Examples:
        pagewalk info -s dump.elf
        pagewalk info -s live                            how the running system can be read
        pagewalk info -s vmcore --format json
        pagewalk info -s vmcore --vmcoreinfo
        pagewalk info -s ram.raw --base 40000000 --evidence
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup var output: OutputOptions

  @Flag(help: "Print every fact that can be found out about the kernel, with what says so.")
  var evidence = false

  @Flag(help: "Print the text of the VMCOREINFO note and nothing else.")
  var vmcoreinfo = false

  func validate() throws {
    guard output.format != .csv else { throw ValidationError("info prints text or json") }
  }

  func run() throws {
    let source = try source.open()
    if evidence {
      let kernel = try source.findKernelAndRoots()
      for record in kernel.evidence {
        let report = FactReport(record)
        print(output.format == .json ? report.jsonLine : report.text)
      }
      for note in kernel.notes + (kernel.roots?.gaps ?? []) { StandardError.write("pagewalk: \(note)\n") }
      return
    }
    if let live = source.live {
      let report = LiveReport(live, source: source.name)
      guard vmcoreinfo else { return print(output.format == .json ? report.jsonLine : report.text) }
      guard let text = report.vmcoreinfo else {
        throw SourceError("\(source.name): no VMCOREINFO could be read")
      }
      return print(text)
    }
    let report: ImageReport
    if let image = source.image {
      report = ImageReport(image, source: source.name)
    } else if let machine = source.virtualMachine {
      report = ImageReport(machine, source: source.name)
    } else {
      let report = MachineReport(source)
      print(output.format == .json ? report.jsonLine : report.text)
      return
    }
    if vmcoreinfo {
      guard let text = report.vmcoreinfo else {
        throw SourceError("\(source.name) has no VMCOREINFO note")
      }
      print(text)
    } else {
      print(output.format == .json ? report.jsonLine : report.text)
    }
  }
}
