/// Why a system call failed: Linux's error numbers, as x86, ARM and RISC-V have them
/// (`include/uapi/asm-generic/errno-base.h`).
public enum SystemError: Int64, Error, Sendable, CaseIterable {
  case notPermitted = 1
  case noProcess = 3
  case tryAgain = 11
  case noMemory = 12
  case accessDenied = 13
  case badAddress = 14
  case busy = 16
  case exists = 17
  case invalid = 22
  case tooLarge = 75

  /// What the system call gives: the number, negated.
  public var result: Int64 { -rawValue }

  /// The error that a result stands for, or nil if it is no error that is known.
  public init?(result: Int64) { self.init(rawValue: 0 &- result) }

  /// The name in the manual pages.
  public var name: String {
    switch self {
    case .notPermitted: "EPERM"
    case .noProcess: "ESRCH"
    case .tryAgain: "EAGAIN"
    case .noMemory: "ENOMEM"
    case .accessDenied: "EACCES"
    case .badAddress: "EFAULT"
    case .busy: "EBUSY"
    case .exists: "EEXIST"
    case .invalid: "EINVAL"
    case .tooLarge: "EOVERFLOW"
    }
  }
}
