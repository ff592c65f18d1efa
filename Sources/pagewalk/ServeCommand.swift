import ArgumentParser
import CommandOptions
import Views

/// The server is a program of its own beside this one: it brings the network's libraries with it, which nothing else
/// here needs.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Show page tables in a web browser.",
    discussion: """
      Starts pagewalk-serve, which lies beside this program, with the same arguments; \
      `pagewalk serve --help` shows what they are.

      Examples:
        pagewalk serve -s dump.elf
        pagewalk serve -s dump.elf --port 8080
      """)

  @Argument(
    parsing: .captureForPassthrough, help: ArgumentHelp("What pagewalk-serve takes.", valueName: "options"))
  var arguments: [String] = []

  func run() throws {
    let reason = ProgramBeside.run("pagewalk-serve", arguments: arguments)
    throw SourceError("serve: \(reason); `scripts/pagewalk serve` builds it and runs it")
  }
}
