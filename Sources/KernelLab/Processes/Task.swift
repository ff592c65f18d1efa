/// A task: a process, or a thread of the kernel (`task_struct`).
///
/// Its counters are words that are not checked for overlapping accesses; as in `Area`, what is unsafe in general has
/// nothing to go wrong here.
public final class Task {
  public let pid: Int
  public let command: String
  public let parent: Int
  /// Nil for a thread of the kernel, which borrows (`activeSpace` of its CPU).
  public internal(set) var space: AddressSpace?
  @safe @exclusivity(unchecked) public internal(set) var minorFaultCount: UInt64 = 0
  @safe @exclusivity(unchecked) public internal(set) var majorFaultCount: UInt64 = 0
  public internal(set) var hasExited = false
  /// `oom_score_adj`, -1000 to 1000.
  public internal(set) var badnessAdjustment = 0

  init(pid: Int, command: String, parent: Int, space: AddressSpace?) {
    self.pid = pid
    self.command = command
    self.parent = parent
    self.space = space
  }
}
