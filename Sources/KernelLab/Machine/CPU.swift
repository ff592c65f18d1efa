public import PageTables

/// A processor: what it has loaded, and its TLB.
public struct CPU {
  public let index: Int
  /// The page table that is loaded (CR3, TTBR0 with TTBR1, satp).
  public internal(set) var root: PageTableRoot
  /// The tag that its translations are kept under (PCID, ASID).
  public internal(set) var tag: UInt16 = 0
  /// Who runs; nil while it idles before the first switch.
  public internal(set) var task: Task?
  /// The address space whose table is loaded; for a kernel thread the borrowed one (`active_mm`).
  public internal(set) var activeSpace: AddressSpace?
  public internal(set) var tlb: TLB

  init(index: Int, root: PageTableRoot, tlb: TLBGeometry) {
    self.index = index
    self.root = root
    self.tlb = TLB(tlb)
  }
}
