import ArgumentParser
import CommandOptions
import KernelLab
import Views

struct LabMatrixCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "matrix",
    abstract: "Run one workload on every machine: how a late vmalloc reaches processes, and at what cost.",
    discussion: """
      Processes are made, then the kernel maps a vmalloc area; some processes sleep, some run, some are made \
      later; each reads the area. The columns: vmalloc faults; top-level entries of processes written by \
      faults and without; roots that were looked at for it; pairs of process and entry that could still \
      fault, at three times; reads that ended in an oops; tables that were made at boot for it.

      Exit status: 0 all machines ran; 2 some could not.
      """)

  @OptionGroup var output: OutputOptions

  @Argument(help: "Profiles; all if there is none.")
  var profiles: [String] = []

  func validate() throws {
    guard output.format != .csv else { throw ValidationError("lab matrix prints text or json") }
  }

  func run() throws {
    var chosen: [Profile] = []
    for name in profiles {
      do {
        chosen.append(try ProfileRequest(parsing: name).profile())
      } catch {
        throw SourceError("\(error)")
      }
    }
    let matrix = profiles.isEmpty ? LabMatrix() : LabMatrix(chosen)
    let reports = matrix.rows.map { MatrixReport($0) }
    if output.format == .json {
      for report in reports { print(report.jsonLine) }
    } else {
      for line in MatrixReport.text(reports) { print(line) }
    }
    for failure in matrix.failures {
      StandardError.write("pagewalk: \(failure.profile): \(failure.reason)\n")
    }
    if !matrix.failures.isEmpty { throw ExitCode(2) }
  }
}
