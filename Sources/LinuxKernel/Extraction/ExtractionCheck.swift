public import MemoryImages
import PageTables

/// Whether a core that was extracted has the same answers as the memory that it was extracted from: the kernel is
/// searched for in it as in any image, and asked the same questions.
public struct ExtractionCheck: Sendable {
  /// What is not the same, in sentences; empty if the extraction is good.
  public private(set) var differences: [String] = []
  private let whole: Kernel

  /// - Parameters:
  ///   - extraction: what was extracted.
  ///   - image: the core, opened again.
  ///   - overrides: what the user said about the kernel.
  public init(_ extraction: Extraction, in image: MemoryImage, overrides: KernelOverrides = KernelOverrides())
  {
    whole = extraction.kernel
    let kernel: Kernel
    do throws(KernelError) {
      let search = KernelSearch(
        machine: image.architecture?.machine, vmcoreinfo: image.vmcoreinfo, overrides: overrides)
      kernel = try search.run(in: KernelMemory(image))
    } catch {
      differences = ["\(error)"]
      return
    }
    compareFacts(kernel, needsTypes: extraction.keepsNames)
    guard differences.isEmpty else { return }
    for task in whole.tasks where task.pid == task.tgid && whole.areas(of: task) != kernel.areas(of: task) {
      differences.append("the areas of process \(task.pid) (\(task.command))")
    }
    compareTables(kernel)
    if extraction.keepsNames { compareNames(kernel) }
  }

  private mutating func compare<Value: Equatable>(_ name: String, _ first: Value, _ second: Value) {
    if first != second { differences.append("\(name): \(first), but \(second) in the extract") }
  }

  private mutating func compareFacts(_ kernel: Kernel, needsTypes: Bool) {
    compare("the paging format", "\(whole.format.name)", "\(kernel.format.name)")
    compare("the kernel page table", whole.master?.value, kernel.master?.value)
    compare("the release", whole.release?.value, kernel.release?.value)
    compare("the direct map", whole.pointers.directMapOffset, kernel.pointers.directMapOffset)
    compare("the image", whole.pointers.imageOffset, kernel.pointers.imageOffset)
    // Where only symbols tell it, an extract without them cannot.
    if needsTypes || whole.toldSlide != nil {
      compare("the kernel's slide", whole.slide?.value, kernel.slide?.value)
    }
    compare("the number of tasks", whole.tasks.count, kernel.tasks.count)
    for (first, second) in zip(whole.tasks, kernel.tasks) where first != second {
      differences.append("task \(first.pid) (\(first.command)): \(first), but \(second)")
      break
    }
    let names = Set(whole.layout.facts.keys).union(kernel.layout.facts.keys).sorted()
    // Without types there are members that nothing tells of; those that something does must be the same.
    for name in names where needsTypes || kernel.layout[name] != nil {
      compare(name, whole.layout[name], kernel.layout[name])
    }
    compare("the user's addresses", whole.lastUserAddress, kernel.lastUserAddress)
    compare("whether the list of tasks is whole", whole.isTaskListWhole, kernel.isTaskListWhole)
  }

  private mutating func compareTables(_ kernel: Kernel) {
    let first = ReverseMap(whole.tables, in: whole.memory.memory)
    let second = ReverseMap(kernel.tables, in: kernel.memory.memory)
    compare("the number of tables", first.tableCount, second.tableCount)
    compare("the number of mapped pages", first.leafCount, second.leafCount)
    compare("tables that are missing", first.gaps, second.gaps)
    let statistics = Self.statistics(of: whole)
    compare("the statistics' frames", statistics, Self.statistics(of: kernel))
    let comparisons = Self.comparisons(of: whole)
    if comparisons != Self.comparisons(of: kernel) {
      differences.append("the comparison of processes with the kernel page table")
    }
    compare("the audit", Self.findings(of: whole), Self.findings(of: kernel))
  }

  private static func statistics(of kernel: Kernel) -> [Int] {
    let statistics = TableStatistics(kernel.tables, ram: kernel.memory.ram, in: kernel.memory.memory)
    return [statistics.sharedFrameCount, statistics.userFrameCount]
      + statistics.total.levels.map { Int(clamping: $0.byteCount) }
  }

  private static func comparisons(of kernel: Kernel) -> [ProcessComparison] {
    let memory = kernel.memory.memory
    let start = kernel.format.addressBits == 32 ? kernel.firstKernelAddress : nil
    guard var comparison = try? KernelComparison(of: kernel.tables, kernelStart: start, in: memory) else {
      return []
    }
    return kernel.tables.processes.map { comparison.compare($0, in: memory) }
  }

  private static func findings(of kernel: Kernel) -> [String] {
    let input = AuditInput(tables: kernel.tables, ram: kernel.memory.ram, pointers: kernel.pointers)
    let report = Audit.run(input, in: kernel.memory.memory)
    return report.findings.map { "\($0.key): \($0.summary); \($0.explanation ?? "open")" } + report.notes
  }

  private mutating func compareNames(_ kernel: Kernel) {
    compare("the number of symbols", whole.symbols?.table.count, kernel.symbols?.table.count)
    let first = RegionSearch(whole)?.find()
    let second = RegionSearch(kernel)?.find()
    for (one, other) in [(first?.regions, second?.regions), (first?.areas, second?.areas)] {
      compare("the number of regions", one?.count, other?.count)
      for (one, other) in zip(one ?? RegionList(), other ?? RegionList()) where one != other {
        differences.append("a region of the kernel's: \(one), but \(other) in the extract")
        break
      }
    }
  }
}
