public import LinuxKernel
import MemoryImages
import PageTables

/// A task, ready to be shown: `pagewalk.process/1`.
public struct ProcessReport: JSONReport, Sendable {
  public static let schema = "pagewalk.process/1"

  public var pid: Int
  public var tgid: Int
  public var command: String
  public var parent: Int?
  /// `process`, `kernel-thread`, `zombie`, `unknown`.
  public var kind: String
  public var kernelThread: Bool
  public var root: JSONAddress?
  /// For a kernel thread that is on a CPU, or was when the image was taken: whose tables it runs on.
  public var borrows: Int?
  /// The CPU that has the root loaded.
  public var cpu: Int?
  /// How many pages hold its tables, by Linux's name of the level.
  public var tablePages: [String: Int]?
  /// What its tables map, in bytes.
  public var presentBytes: UInt64?
  /// What of it lies in huge pages.
  public var hugeBytes: UInt64?
  /// Entries for pages in swap.
  public var swapPages: Int?
  /// Whether some of its tables could not be read, so that the numbers are too low.
  public var incomplete: Bool?
  /// What the kernel itself counted.
  public var resident: Resident?
  public var evidence: String
  public var doubts: [String]?

  /// The kernel's own count of a process's pages in memory, in bytes.
  public struct Resident: Encodable, Sendable {
    /// The sum of the next three.
    public var bytes: Int
    public var fileBytes: Int
    public var anonymousBytes: Int
    public var sharedMemoryBytes: Int
    public var swapPages: Int
    /// Whether counts of single processors may be missing.
    public var approximate: Bool?

    /// For a person; `~` before what may lack counts of single processors.
    var text: String { (approximate == true ? "~" : "") + sizeText(UInt64(bytes)) }

    init(_ pages: ResidentPages, pageByteCount: Int) {
      bytes = pages.totalCount * pageByteCount
      fileBytes = pages.fileCount * pageByteCount
      anonymousBytes = pages.anonymousCount * pageByteCount
      sharedMemoryBytes = pages.sharedMemoryCount * pageByteCount
      swapPages = pages.swappedCount
      approximate = pages.isApproximate ? true : nil
    }
  }

  /// - Parameters:
  ///   - counting: what the kernel counted, where that is known.
  ///   - countsTables: whether to go through the process's tables.
  public init(
    _ task: Task, of kernel: any KernelKnowledge, in source: Source, counting: ResidentCounting?,
    countsTables: Bool
  ) {
    pid = task.pid
    tgid = task.tgid
    command = task.command
    parent = task.parent
    kind = task.kind.rawValue
    kernelThread = task.kind == .kernelThread
    root = task.root.map { JSONAddress($0.lower.rawValue) }
    evidence = kernel.evidence(of: task)
    doubts = task.doubts.isEmpty ? nil : task.doubts
    if kernelThread, task.activeMemoryDescriptor != 0 {
      borrows =
        kernel.tasks.first { $0.memoryDescriptor == task.activeMemoryDescriptor && $0.pid == $0.tgid }?.pid
    }
    let living = kernel.living(task)
    if living != task {
      root = living.root.map { JSONAddress($0.lower.rawValue) }
      evidence += "; it has exited, thread \(living.pid) of its process has not"
    }
    guard task.pid == task.tgid else { return }
    resident = counting?.pages(of: living).map {
      Resident($0, pageByteCount: 1 << Int(kernel.format.pageSizeBits))
    }
    guard let root = living.root else { return }
    cpu =
      source.told?.cpu(running: root)
      ?? source.registers.first { $0.hasLoaded(root.lower, format: kernel.format) }?.index
    guard countsTables else { return }
    let usage = SpaceUsage(
      of: Walker(format: kernel.format, root: root), from: VirtualAddress(0),
      through: kernel.lastUserAddress, in: source.memory)
    tablePages = [:]
    for (depth, count) in usage.tablePageCounts.enumerated() where count > 0 {
      tablePages?["\(kernel.format.level(depth).name)"] = count
    }
    presentBytes = usage.presentByteCount
    hugeBytes = usage.hugeByteCount
    swapPages = usage.swappedCount
    incomplete = usage.isComplete ? nil : true
  }
}

extension CPURegisters {
  /// Whether the root register names this table, or the user copy that page-table isolation keeps in the
  /// page behind it (arch/x86/include/asm/pgtable.h, `PTI_PGTABLE_SWITCH_BIT`).
  func hasLoaded(_ root: PhysicalAddress, format: PagingFormat) -> Bool {
    guard let register = cr3 ?? satp else { return false }
    let loaded = format.rootRegister.address(from: register).rawValue
    return loaded == root.rawValue || loaded == root.rawValue | 0x1000
  }
}
