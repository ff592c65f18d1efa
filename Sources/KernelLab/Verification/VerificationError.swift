public import KernelOracle

/// Why the lab and a kernel cannot be compared at all; that they differ is no error.
public enum VerificationError: Error, CustomStringConvertible {
  /// The lab has no profile for such a machine, or no rules for its kernel.
  case noProfile(kernel: String, reason: String)
  /// The lab's machine cannot be made, or is out of memory.
  case lab(String)
  /// The lab does not model this.
  case notModelled(MemoryOperation)
  case kernel(OracleError)
  /// A log that was recorded cannot be read.
  case log(TextError)

  public var description: String {
    switch self {
    case .noProfile(let kernel, let reason): "the lab cannot be compared with \(kernel): \(reason)"
    case .lab(let reason): "the lab: \(reason)"
    case .notModelled(let operation): "the lab does not model '\(operation.text)'"
    case .kernel(let error): "\(error)"
    case .log(let error): "the log, \(error)"
    }
  }
}
