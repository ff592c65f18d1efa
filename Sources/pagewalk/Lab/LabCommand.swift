import ArgumentParser

struct LabCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lab",
    abstract: "Run a simulated Linux memory manager by a scenario or a trace.",
    discussion: """
      A scenario is a text of actions, one a line: Documentation/Scenarios.md. The \
      machine that it leaves can be looked into by every command, with \
      -s lab:FILE.lab.

      Examples:
        pagewalk lab run Examples/Scenarios/first-touch.lab
        pagewalk lab step Examples/Scenarios/first-touch.lab
        pagewalk lab check Examples/Scenarios/*.lab
        pagewalk lab explain Examples/Scenarios/first-touch.lab 1 10000 write
        pagewalk lab replay TRACE --profile x86-64,riscv64
        pagewalk lab verify --operations 3000
        pagewalk walk -s lab:Examples/Scenarios/first-touch.lab 1 10000
      """,
    subcommands: [
      LabRunCommand.self,
      LabStepCommand.self,
      LabCheckCommand.self,
      LabExplainCommand.self,
      LabSaveCommand.self,
      LabProfilesCommand.self,
      LabMatrixCommand.self,
      LabVerifyCommand.self,
      LabProgramsCommand.self,
      LabReplayCommand.self,
    ])
}
