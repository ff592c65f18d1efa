public import MemoryImages
public import PageTables

/// What of a machine's memory must be kept so that the questions about its page tables have the same answers:
/// the tables, and the kernel's structures that lead to them. No page that a program has.
///
/// It is found out by asking: everything that the questions read is noted (``RecordingMemory``). What is read is
/// kept in whole pages, so that a page with a `task_struct` has its neighbours in it, too.
public struct Extraction: Sendable {
  /// Why pages are kept.
  public enum Reason: String, Hashable, Sendable, CaseIterable {
    case tables = "page tables"
    case tasks = "tasks and how they were found"
    case areas = "areas and names of files"
    case regions = "the kernel's regions, modules and vmalloc areas"
    case symbols = "symbols (kallsyms)"
    case types = "types (BTF)"
  }

  /// The pages that are kept.
  public private(set) var pages = PageSet()
  /// Those that were read for a reason, and for none before it.
  private var parts: [Reason: PageSet] = [:]
  /// Places of four bytes that are kept of pages which are not: the first ones of the vDSO, of a device tree.
  public private(set) var witnesses: [PhysicalAddress] = []
  /// How many pages were read and are not kept, because a program has them.
  public private(set) var userPageCount = 0
  /// What makes it partial, in sentences.
  public private(set) var gaps: [String] = []
  /// The kernel as the whole memory shows it.
  let kernel: Kernel
  /// Whether symbols and types are among what is kept.
  let keepsNames: Bool
  private let reverseMap: ReverseMap

  /// - Parameters:
  ///   - kernel: the kernel as the whole memory shows it.
  ///   - search: what found it.
  ///   - registers: the processors'; their tables are kept, whoever they belong to.
  ///   - keepsNames: whether the kernel's symbols and types are kept: some MB, whatever the memory's size.
  /// - Complexity: every table is read a few times; memory is not passed over again.
  /// - Throws: if the kernel cannot be found a second time.
  public init(
    of kernel: Kernel, search: KernelSearch, registers: [CPURegisters] = [], keepsNames: Bool = true
  ) throws(KernelError) {
    self.kernel = kernel
    self.keepsNames = keepsNames
    let tables = kernel.tables
    let tableMemory = RecordingMemory(kernel.memory.memory)
    reverseMap = ReverseMap(tables, in: tableMemory)
    gaps += reverseMap.gaps
    Self.readTables(of: kernel, registers: registers, in: tableMemory)
    add(.tables, tableMemory)

    let searched = RecordingMemory(kernel.memory.memory)
    let memory = KernelMemory(kernel.memory, recordedBy: searched)
    let scan = kernel.scan.narrowed(to: kernel)
    var quiet = search
    quiet.progress = nil
    // Types and symbols are asked for by what is below, too; they are noted apart.
    var recorded = try quiet.find(in: memory, scan: scan.without([.btf, .digitTokens]))
    add(.tasks, searched)
    let areas = RecordingMemory(kernel.memory.memory)
    recorded.memory = KernelMemory(kernel.memory, recordedBy: areas)
    // The layout as all methods together have it, and not only those that were recorded.
    recorded.layout = kernel.layout
    recorded.residentCounters = kernel.residentCounters
    recorded.library = kernel.library
    let counting = ResidentCounting(recorded)
    for task in kernel.tasks where task.pid == task.tgid {
      _ = recorded.areas(of: task)
      _ = counting?.pages(of: task)
    }
    add(.areas, areas)
    if keepsNames { addNames(scan) }
    addRegions()
    witness()
    removeUserPages()
  }

  /// Takes over what `memory` noted.
  private mutating func add(_ reason: Reason, _ memory: RecordingMemory) {
    for page in memory.pages.addresses where pages.insert(page) {
      parts[reason, default: PageSet()].insert(page)
    }
  }

  /// How many pages are kept for each reason; one that serves several counts for the first of them.
  public var counts: [(reason: Reason, pageCount: Int)] {
    Reason.allCases.compactMap { reason in parts[reason].map { (reason, $0.count) } }
  }

  /// Reads the tables that no process of the list has: the kernel's lower half, the copies for user mode, and
  /// what the processors had loaded.
  private static func readTables(
    of kernel: Kernel, registers: [CPURegisters], in memory: RecordingMemory
  ) {
    let tables = kernel.tables
    let known = Set(tables.processes.map(\.root.lower) + [tables.master?.lower].compactMap(\.self))
    var roots = Set(registers.compactMap(\.cr3).map { kernel.format.rootRegister.address(from: $0) })
    if let master = tables.master, kernel.format.hasSeparateRoots { roots.insert(master.lower) }
    for root in roots where !known.contains(root) || kernel.format.hasSeparateRoots {
      _ = Walker(format: kernel.format, root: PageTableRoot(root)).ranges(in: memory)
    }
    let start = kernel.format.addressBits == 32 ? kernel.firstKernelAddress : nil
    guard var comparison = try? KernelComparison(of: tables, kernelStart: start, in: memory) else { return }
    for process in tables.processes { _ = comparison.compare(process, in: memory) }
  }

  private mutating func addNames(_ scan: MemoryScan) {
    let symbols = RecordingMemory(kernel.memory.memory)
    _ = Kallsyms.find(
      in: KernelMemory(kernel.memory, recordedBy: symbols), digitTokens: scan[.digitTokens],
      vmcoreinfo: kernel.vmcoreinfo, imageOffset: kernel.pointers.imageOffset)
    add(.symbols, symbols)
    let types = RecordingMemory(kernel.memory.memory)
    _ = TypeInformation.find(
      in: KernelMemory(kernel.memory, recordedBy: types), headers: scan[.btf])
    add(.types, types)
  }

  private mutating func addRegions() {
    guard var search = RegionSearch(kernel) else { return }
    let memory = RecordingMemory(kernel.memory.memory)
    search.memory = KernelMemory(kernel.memory, recordedBy: memory)
    _ = search.find()
    add(.regions, memory)
  }

  /// Notes the few bytes, other than tables, by which an audit knows what it sees.
  private mutating func witness() {
    let recorder = RecordingMemory(kernel.memory.memory)
    let places = WitnessList()
    var input = AuditInput(tables: kernel.tables, ram: kernel.memory.ram, pointers: kernel.pointers)
    input.noteWitness = { places.add($0) }
    _ = Audit.run(input, in: kernel.memory.memory)
    // The tables, all of which the reverse map has read; what it passes over, the statistics do not.
    _ = TableStatistics(kernel.tables, ram: kernel.memory.ram, in: recorder)
    add(.tables, recorder)
    witnesses = places.all.filter { !pages.contains($0) }
  }

  /// Takes out what a program has mapped, unless it is a table.
  private mutating func removeUserPages() {
    for page in pages.addresses where isUserPage(page) {
      pages.remove(page)
      for reason in parts.keys { parts[reason]?.remove(page) }
      userPageCount += 1
    }
    witnesses = witnesses.filter { !pages.contains($0) }
  }

  /// Whether a program can reach the page, and it holds no table.
  public func isUserPage(_ page: PhysicalAddress) -> Bool {
    let use = reverseMap.use(of: page, in: kernel.memory.memory)
    guard use.tables.isEmpty else { return false }
    return use.mappings.contains { mapping in
      mapping.virtual <= kernel.lastUserAddress && mapping.access.intersects(.user)
    }
  }
}
