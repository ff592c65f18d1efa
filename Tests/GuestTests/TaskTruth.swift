import LinuxKernel

/// A thread as `/proc/PID/task/TID` told of it.
struct TaskTruth: Hashable, Sendable {
  /// `PF_KTHREAD` (Linux, include/linux/sched.h).
  static let kernelThreadFlag: UInt64 = 0x0020_0000

  var pid: Int
  var tgid: Int
  /// As /proc prints it: a kernel thread's full name, a worker's with what it works on.
  var name: String
  var state: Character
  /// The parent's tgid.
  var parent: Int
  /// `task_struct.flags`.
  var flags: UInt64

  var isKernelThread: Bool { flags & Self.kernelThreadFlag != 0 }

  var kind: LinuxKernel.Task.Kind {
    isKernelThread ? .kernelThread : state == "Z" || state == "X" ? .zombie : .process
  }

  /// Whether the 15 bytes of `task_struct.comm` can be what was printed.
  func isNamed(_ command: String) -> Bool {
    if name.utf8.prefix(15).elementsEqual(command.utf8) { return true }
    // Control characters are escaped; a letter that the 15 bytes cut came out as another one when it was printed.
    if name == Self.unescaped(command) { return true }
    // wq_worker_comm() appends `-` or `+` and the work (Linux, kernel/workqueue.c).
    return name.hasPrefix("kworker/")
      && [UInt8(ascii: "-"), UInt8(ascii: "+")].contains {
        name.utf8.starts(with: Array(command.utf8) + [$0])
      }
  }
}

extension TaskTruth {
  /// The text with `\u{1b}` and the like as the characters that they stand for.
  private static func unescaped(_ text: String) -> String {
    text.replacing(/\\u\{([0-9a-f]+)\}/) { match in
      UInt32(match.1, radix: 16).flatMap(Unicode.Scalar.init).map { String(Character($0)) } ?? "?"
    }
  }

  /// - Parameters:
  ///   - stat: a line of `/proc/PID/task/TID/stat`; see proc(5).
  ///   - groups: the process of each thread.
  init?(stat: Substring, groups: [Int: Int]) {
    // A name may have spaces and parentheses of its own.
    guard let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")"),
      let pid = Int(stat[..<open].dropLast()), let tgid = groups[pid]
    else { return nil }
    let fields = stat[close...].split(separator: " ").dropFirst()
    // State, parent, group, session, terminal, its group, flags.
    guard fields.count > 6, let state = fields[fields.startIndex].first,
      let parent = Int(fields[fields.startIndex + 1]), let flags = UInt64(fields[fields.startIndex + 6])
    else { return nil }
    self.init(
      pid: pid, tgid: tgid, name: String(stat[open..<close].dropFirst()), state: state, parent: parent,
      flags: flags)
  }
}
