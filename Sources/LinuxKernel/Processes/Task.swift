public import PageTables

/// One thread of execution as the kernel has it: a `task_struct`.
public struct Task: Hashable, Sendable {
  /// What a task is.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// It has memory of its own, or shares a process's.
    case process
    /// It lives in the kernel and runs on whatever tables are loaded.
    case kernelThread = "kernel-thread"
    /// It has exited and waits for its parent to notice: no memory any more.
    case zombie
    /// It has no memory, and nothing tells whether it is a kernel thread or has exited.
    case unknown
  }

  /// The thread's number (`task_struct.pid`).
  public var pid: Int
  /// The process's number: what users call PID (`task_struct.tgid`).
  public var tgid: Int
  /// `task_struct.comm`, at most 15 bytes.
  public var command: String
  /// Where the `task_struct` is.
  public var address: VirtualAddress
  public var physical: PhysicalAddress
  public var kind: Kind
  /// The parent's tgid, where it is known.
  public var parent: Int?
  /// The pointer to the `mm_struct`; 0 for none.
  public var memoryDescriptor: UInt64
  /// `active_mm`: whose tables a kernel thread runs on, or ran on last; 0 for none.
  public var activeMemoryDescriptor: UInt64
  /// The root of its page tables, if it has memory and the root could be read.
  public var root: PageTableRoot?
  /// What makes this task doubtful, in sentences; empty for one that every check agrees with.
  public var doubts: [String]

  public init(
    pid: Int, tgid: Int, command: String, address: VirtualAddress, physical: PhysicalAddress, kind: Kind,
    parent: Int? = nil, memoryDescriptor: UInt64 = 0, activeMemoryDescriptor: UInt64 = 0,
    root: PageTableRoot? = nil, doubts: [String] = []
  ) {
    self.pid = pid
    self.tgid = tgid
    self.command = command
    self.address = address
    self.physical = physical
    self.kind = kind
    self.parent = parent
    self.memoryDescriptor = memoryDescriptor
    self.activeMemoryDescriptor = activeMemoryDescriptor
    self.root = root
    self.doubts = doubts
  }
}
