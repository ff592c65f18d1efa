import LinuxKernel
import PageTables

/// What became of tables while they were read: only where they are a running system's.
public enum TableChange: String, Encodable, Sendable, CaseIterable {
  /// They differed each time that they were read.
  case tables
  /// The process has exited, or has other page tables by now.
  case exited

  /// The end of a sentence about a process.
  var words: String {
    switch self {
    case .tables: "its tables changed each time that they were read"
    case .exited: "it has exited, or has other page tables by now"
    }
  }
}

extension Source {
  /// How often what changed is read again.
  static var retryLimit: Int { 3 }

  /// Reads something of a process's tables, where they change until two readings in a row agree.
  ///
  /// - Returns: the last reading, and what makes it no answer.
  func steady<Answer: Equatable>(
    _ process: ProcessTables, _ read: () -> Answer
  ) -> (answer: Answer, change: TableChange?) {
    var answer = read()
    guard isRunning else { return (answer, nil) }
    var isSame = false
    for _ in 0...Self.retryLimit where !isSame {
      let again = read()
      isSame = again == answer
      answer = again
    }
    return (answer, stillHas(process) ? isSame ? nil : .tables : .exited)
  }

  /// Whether a process that was found before still has these tables.
  func stillHas(_ process: ProcessTables) -> Bool {
    ([process.pid] + process.sharers).contains { stillHas(process.root, pid: $0) }
  }

  func stillHas(_ root: PageTableRoot, pid: Int) -> Bool {
    guard isRunning, let kernel = finder?.known else { return true }
    return kernel.stillHas(root, pid: pid)
  }
}
