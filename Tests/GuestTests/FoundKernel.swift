import LinuxKernel
import MemoryImages
import PageTables

/// What was found of a kernel in memory: what the comparisons look at.
struct FoundKernel {
  var tasks: [LinuxKernel.Task]
  var tables: PageTableSet
  var release: String?
  /// How far the text was moved from where it was linked.
  var textSlide: UInt64?
  var areas: (LinuxKernel.Task) -> AreaList

  /// The task with a thread number, the least doubtful one.
  func task(_ pid: Int) -> LinuxKernel.Task? {
    tasks.filter { $0.pid == pid }.min { $0.doubts.count < $1.doubts.count }
  }

  /// The tables that a process uses, be they its own or another one's.
  func tables(of tgid: Int) -> ProcessTables? {
    tables.processes.first { $0.pid == tgid || $0.sharers.contains(tgid) }
  }
}

extension FoundKernel {
  /// Searches memory for a kernel, with nothing but the machine, if the image names one.
  init(in memory: any PhysicalMemory & Sendable, ranges: [RAMRange], machine: ImageArchitecture.Machine?)
    throws
  {
    let kernel = try KernelSearch(machine: machine).run(in: KernelMemory(memory, ranges: ranges))
    self.init(
      tasks: kernel.tasks, tables: kernel.tables, release: kernel.release?.value,
      textSlide: kernel.slide?.value, areas: { kernel.areas(of: $0) })
  }
}
