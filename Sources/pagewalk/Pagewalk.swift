import ArgumentParser
import CommandOptions
import Views

/// The command: one subcommand a question.
@main
struct Pagewalk: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pagewalk",
    abstract: "Show what a virtual address really maps to, and why.",
    discussion: """
      Walks Linux page tables in memory images and in the running system, level by \
      level, and explains every level. In the memory of a Linux kernel it finds the \
      kernel and its processes; it needs no symbols for that. Without -s it looks into a \
      small simulated machine, \
      so that everything can be tried at once:

        pagewalk walk 614 7e9e6c24
        pagewalk map 614
        pagewalk walk -s live $$ 400000
        pagewalk ps -s dump.elf
        pagewalk walk -s dump.elf init 401000
        pagewalk map -s dump.elf 1 --areas
        pagewalk compare -s dump.elf
        pagewalk walk -s ram.raw --base 40000000 --root 41e60000 --paging arm 10000
        pagewalk map -s dump.elf --cpu 1 --access wx --format json

      Addresses are hexadecimal, with or without 0x.
      Exit status: 0 answered; 1 answered "not mapped", a finding or a difference; \
      2 bad usage, or a source or tables that cannot be read.
      """,
    version: "0.1.0",
    subcommands: [
      WalkCommand.self,
      MapCommand.self,
      ReadCommand.self,
      PsCommand.self,
      KernelCommand.self,
      CompareCommand.self,
      FramesCommand.self,
      AuditCommand.self,
      StatsCommand.self,
      SizeCommand.self,
      DiffCommand.self,
      WatchCommand.self,
      ExtractCommand.self,
      InfoCommand.self,
      FormatsCommand.self,
      LabCommand.self,
      ServeCommand.self,
      ReportCommand.self,
    ])

  /// Runs the command with the contract's exit statuses: the parser's own would be 64 for bad usage.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let code as ExitCode {
      exit(withError: code)
    } catch {
      let status = exitCode(for: error)
      // Help and version are answers.
      if status == .success { exit(withError: error) }
      report(error)
      exit(withError: ExitCode(2))
    }
  }

  /// One line on standard error, and for readers of JSON an object on standard output.
  private static func report(_ error: any Error) {
    let arguments = CommandLine.arguments
    let wantsJSON =
      arguments.contains("--format=json")
      || zip(arguments, arguments.dropFirst()).contains { $0 == "--format" && $1 == "json" }
    // The parser's full message would add lines of usage; one line and where to read more is enough.
    let message = error is SourceError ? "\(error)" : "\(self.message(for: error)); see '\(helpCommand)'"
    if wantsJSON { print(ErrorReport(message: message).jsonLine) }
    StandardError.write("pagewalk: \(message)\n")
  }

  /// What prints the help of the subcommand that was called.
  private static var helpCommand: String {
    let name = CommandLine.arguments.dropFirst().first
    let isKnown = configuration.subcommands.contains { $0.configuration.commandName == name }
    return "pagewalk \(isKnown ? name.map { $0 + " " } ?? "" : "")--help"
  }
}
