/// What is expected of one action, after `=>` or in `expect fault`.
public enum ExpectedOutcome: Hashable, Sendable {
  /// An access ends, with a fault or without, and its word is this.
  case value(Expression)
  case noFault
  case minorFault
  case majorFault
  /// A fault in the kernel's half that copied an entry of the kernel page table.
  case vmallocFault
  case signal(Signal.Number)
  case oops
  case outOfMemory
  /// The call fails: `ENOMEM`, `EINVAL`, ...
  case error(String)

  /// A rule of locking is broken.
  case locking(LockFinding.Kind)

  /// The words for all but values and errors.
  static let words: [(word: String, outcome: ExpectedOutcome)] =
    [
      ("none", .noFault), ("minor", .minorFault), ("major", .majorFault), ("vmalloc", .vmallocFault),
      ("SIGSEGV", .signal(.segmentationFault)), ("SIGBUS", .signal(.bus)), ("oops", .oops),
      ("oom", .outOfMemory),
    ] + LockFinding.Kind.allCases.map { ($0.rawValue, .locking($0)) }
}
