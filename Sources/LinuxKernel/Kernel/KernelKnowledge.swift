public import PageTables

/// What is known of a running kernel, however it is known: found in memory (``Kernel``), or told by who made
/// the memory.
public protocol KernelKnowledge: Sendable {
  var format: PagingFormat { get }
  /// The page tables of all processes, each once, and the kernel's own.
  var tables: PageTableSet { get }
  /// Every task, threads included, by PID.
  var tasks: [Task] { get }
  /// Whether nobody is missing.
  var isTaskListWhole: Bool { get }
  /// The last address that belongs to processes, the first of the kernel's, and how that is known.
  var lastUserAddress: VirtualAddress { get }
  var firstKernelAddress: VirtualAddress { get }
  var firstKernelAddressEvidence: Evidence { get }
  /// Whether it is known where a process's root table is to be found.
  var knowsRoots: Bool { get }
  /// What page tables alone say about roots; nil if nobody has looked.
  var roots: RootAccount? { get }
  /// The task that leads the process of that PID.
  func process(_ pid: Int) -> Task?
  /// The task itself, or one of its process that has not exited.
  func living(_ task: Task) -> Task
  func areas(of task: Task) -> AreaList
  /// The kernel's page-table root, with what says so.
  var masterRoot: Fact<PageTableRoot>? { get }
  /// As `uname -r` prints it.
  var releaseText: String? { get }
  /// How a task is known, for a person.
  func evidence(of task: Task) -> String
}

extension Kernel: KernelKnowledge {
  public var masterRoot: Fact<PageTableRoot>? {
    master.map { Fact(PageTableRoot($0.value), $0.evidence) }
  }

  public var releaseText: String? { release?.value }

  public func evidence(of task: Task) -> String {
    "shape: task_struct at \(hexadecimal(task.address.rawValue))"
      + (isTaskListWhole ? ", on the list of tasks, which closes" : ", on a list of tasks that is cut")
  }
}

extension KernelKnowledge {
  public var knowsRoots: Bool { true }
  public var roots: RootAccount? { nil }

  /// Tasks whose process has exited are represented by themselves, unless who knows better says otherwise.
  public func living(_ task: Task) -> Task { task }

  public func process(_ pid: Int) -> Task? { tasks.first { $0.pid == pid && $0.tgid == pid }.map(living) }
}
