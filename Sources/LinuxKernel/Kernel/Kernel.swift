public import PageTables

/// A Linux kernel as it was found in physical memory: where it is, how it pages, who runs on it.
public struct Kernel: Sendable {
  public internal(set) var memory: KernelMemory
  /// What the pass over all RAM saw.
  public internal(set) var scan: MemoryScan
  public internal(set) var pointers: KernelPointers
  public internal(set) var format: PagingFormat
  /// The format's name, with what says so.
  public internal(set) var formatFact: Fact<String>
  /// `swapper_pg_dir`'s physical address.
  public internal(set) var master: Fact<PhysicalAddress>?
  /// As `uname -r` prints it.
  public internal(set) var release: Fact<String>?
  /// The options that decide what absent entries mean, where something tells them.
  public internal(set) var swapOptions: Fact<NotPresentTable.Options>?
  /// Virtual minus physical address of the direct map, and of the kernel's image.
  public internal(set) var directMapOffset: Fact<UInt64>
  public internal(set) var imageOffset: Fact<UInt64>
  /// How far the kernel was moved by KASLR, where something tells.
  public var slide: Fact<UInt64>? { toldSlide ?? slideBySymbols }
  var toldSlide: Fact<UInt64>?
  public internal(set) var layout: StructureLayout
  public internal(set) var vmcoreinfo: VMCoreInfo?
  /// What the kernel's type information came to, or why there is none.
  public internal(set) var typeEvidence: Evidence?
  /// The kernel's types: those in memory, if they are this kernel's, or the user's.
  public internal(set) var types: TypeInformation?
  /// Where in `mm_struct.rss_stat` the counters are, where types tell.
  var residentCounters: ResidentCounters?
  var library: KernelLibrary?
  /// The first idle task's place in the list of tasks, in the kernel's image, if it was found.
  var idleNode: PhysicalAddress?
  /// Every task that was found, threads included, by PID.
  public internal(set) var tasks: [Task] = []
  /// Whether the list of tasks closes: nobody on it is missing.
  public internal(set) var isTaskListWhole: Bool
  /// Whether it is known where a process's root table is to be found. Without that there are tasks, and no
  /// page tables.
  public var knowsRoots: Bool { layout["task_struct.mm"] != nil && layout["mm_struct.pgd"] != nil }
  /// What page tables alone say about roots; nil as long as nobody has looked (``weighRoots()``).
  public internal(set) var roots: RootAccount?
  /// What is odd, missing or was guessed, in sentences.
  public internal(set) var notes: [String] = []

  /// The kernel's symbols: kallsyms in memory, or a System.map that the user named; nil if there are none.
  public var symbols: KernelSymbols? { library?.symbols }

  /// The task that leads the process of that PID, or where that one has exited before the others, one that
  /// lives and has the process's memory.
  public func process(_ pid: Int) -> Task? {
    tasks.first { $0.pid == pid && $0.tgid == pid }.map(living)
  }

  /// The task itself, or where it has exited and others of its process have not, one of those.
  public func living(_ task: Task) -> Task {
    guard task.kind == .zombie else { return task }
    return tasks.first { $0.tgid == task.tgid && $0.kind == .process } ?? task
  }

  /// The page tables of all processes, each once, and the master.
  public var tables: PageTableSet {
    var sets: [ProcessTables] = []
    var place: [PageTableRoot: Int] = [:]
    var seen: Set<Int> = []
    // In the order of groups; a process whose first thread has exited is known by one that lives.
    for task in tasks where task.kind == .process {
      guard let root = task.root, seen.insert(task.tgid).inserted else { continue }
      if let index = place[root] {
        sets[index].sharers.append(task.tgid)
      } else {
        place[root] = sets.count
        sets.append(ProcessTables(pid: task.tgid, command: task.command, root: root))
      }
    }
    return PageTableSet(
      format: format, master: master.map { PageTableRoot($0.value) }, processes: sets)
  }
}
