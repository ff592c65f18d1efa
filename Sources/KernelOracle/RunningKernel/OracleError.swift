internal import Glibc

/// Why the running kernel cannot be observed.
public enum OracleError: Error, Hashable, Sendable, CustomStringConvertible {
  case cannotStart(AgentFailure)
  /// The agent did not do it; what it would have meant to the kernel is not known. The program is over.
  case cannotPerform(MemoryOperation, AgentFailure)
  case noProgram
  case cannotRead(file: String, error: Int32)
  case unexpected(file: String, what: String)
  /// A process has more pages than are looked at.
  case tooManyPages(slot: Int, pages: UInt64)

  public var description: String {
    switch self {
    case .cannotStart(let failure): return "cannot observe the running kernel: \(failure)"
    case .cannotPerform(let operation, let failure): return "cannot do '\(operation.text)': \(failure)"
    case .noProgram: return "no program has begun: start one first"
    case .cannotRead(let file, let error):
      let hint =
        error == ENOENT || error == ESRCH
        ? "; is /proc mounted, and is the process still there?"
        : error == EACCES || error == EPERM ? "; this needs the right to trace one's own processes" : ""
      return "cannot read \(file): " + CText.error(error) + hint
    case .unexpected(let file, let what): return "\(file): \(what)"
    case .tooManyPages(let slot, let pages):
      return "process \(slot) has \(pages) pages; at most \(ProcessFiles.pageLimit) are looked at"
    }
  }
}
