public import PageTables

/// A processor: what it has loaded, and its TLB.
public struct CPU {
  public let index: Int
  /// The page table that is loaded (CR3, TTBR0 with TTBR1, satp). With isolation: in kernel mode.
  public internal(set) var root: PageTableRoot
  /// The page table that is loaded in user mode: `root`, but with isolation.
  public internal(set) var userRoot: PageTableRoot
  /// The tag that its translations are kept under (PCID, ASID), in kernel mode and in user mode.
  public internal(set) var tag: UInt16 = 0
  public internal(set) var userTag: UInt16 = 0
  /// Who runs; nil while it idles before the first switch.
  public internal(set) var task: Task?
  /// The address space whose table is loaded; for a kernel thread the borrowed one (`active_mm`).
  public internal(set) var activeSpace: AddressSpace?
  /// The space is borrowed: its user half is not used, and flushes of it may wait (lazy TLB mode).
  public internal(set) var isLazy = false
  /// Which root is loaded where each mode has its own and there are no tags.
  var isUserMode = false
  var context = CPUContext()
  public internal(set) var tlb: TLB

  init(index: Int, root: PageTableRoot, tlb: TLBGeometry) {
    self.index = index
    self.root = root
    userRoot = root
    self.tlb = TLB(tlb)
  }
}
