public import PageTableEditing
public import PageTables

/// A process's address space (`mm_struct`): its page table, its areas, and what is counted of them.
///
/// `areas` and `usage`, which every fault uses, are not checked for overlapping accesses. That is unsafe in general.
/// Here one thread uses them; the list is changed by calls of the standard library alone, which do not come back to
/// the space; and whoever borrows `usage` (`zap`, `fork`), eight words, does not come to another use of it meanwhile.
public final class AddressSpace {
  /// Unique in the machine; never used again.
  public let id: UInt32
  /// Writes and reads its page table. With isolation this is the root for kernel mode.
  public let editor: PageTableEditor
  /// The root for user mode, with isolation; else nil.
  public let isolatedRoot: PageTableRoot?
  /// log2 of the page size.
  let pageSizeBits: UInt64
  /// In the order of their addresses; they do not overlap.
  @safe @exclusivity(unchecked) public internal(set) var areas: [Area] = []
  /// The heap: from where, and to where (`start_brk`, `brk`), in bytes.
  public internal(set) var heapStart: UInt64 = 0
  public internal(set) var heapEnd: UInt64 = 0

  /// Tasks that run in it (`mm_users`).
  public internal(set) var userCount = 1
  /// Users as one, and every CPU that borrows it (`mm_count`).
  public internal(set) var holderCount = 1

  @safe @exclusivity(unchecked) public internal(set) var usage = SpaceUsage()
  /// How many tables each level has, from the format's top.
  public internal(set) var tableCounts: [Int]
  /// Tables of the last level that wait to be used when a transparent huge page is split, by its address
  /// (`pmd_huge_pte`). They are counted in `tableCounts`.
  var deposits: [UInt64: UInt64] = [:]
  /// How many maps of anonymous pages were made in it.
  var anonymousMapCount: UInt32 = 0
  /// How many entries for pages of the fixed pool it has.
  var fixedHugeCount = 0
  /// The vmalloc sequence number that its copy of the kernel's half has (`context.vmalloc_seq`).
  public internal(set) var vmallocSequence: UInt64 = 0
  /// ASID with its generation; 0 before the first switch. With PCIDs each CPU keeps its own.
  public internal(set) var contextID: UInt64 = 0
  /// The same for each CPU, where each gives its own (Alpha); empty elsewhere.
  var contextIDs: [UInt64] = []
  /// Counts changes that a TLB must not miss (`tlb_gen`).
  public internal(set) var flushGeneration: UInt64 = 1
  /// The CPUs that may have translations of it (`mm_cpumask`).
  public internal(set) var cpus = CPUSet()

  public var root: PageTableRoot { editor.root }

  init(id: UInt32, editor: PageTableEditor, isolatedRoot: PageTableRoot?, levelCount: Int) {
    self.id = id
    self.editor = editor
    self.isolatedRoot = isolatedRoot
    pageSizeBits = UInt64(editor.format.paging.pageSizeBits)
    tableCounts = [Int](repeating: 0, count: levelCount)
  }
}
