public import PageTables

/// A machine with its kernel, as data: what `Machine` boots.
public struct Profile: Sendable {
  /// As in `-s lab:NAME`.
  public var name: String
  /// One line for a person who chooses.
  public var summary: String
  public var architecture: Architecture
  /// The kernel whose rules hold.
  public var release: KernelRelease
  /// The page tables' format, not-present entries of `release` included.
  public var format: PagingFormat
  /// The first byte of RAM (PHYS_OFFSET).
  public var ramBase: UInt64
  public var ramByteCount: UInt64
  /// Where the linear map begins (PAGE_OFFSET).
  public var pageOffset: UInt64
  /// The first address that is not a process's (TASK_SIZE).
  public var taskSize: UInt64
  /// Below it areas are placed, from the top down (`mm->mmap_base`).
  public var mmapBase: UInt64
  public var layoutRule: LayoutRule
  public var image: KernelImage
  public var kernelHalf: KernelHalf
  public var vmallocPolicy: VmallocPolicy
  /// Page-table isolation: each process has a second root for user mode.
  public var isIsolated = false
  /// The kernel marks its pages as global, so that they stay in the TLB at a switch (not with isolation).
  public var globalPages = true
  /// The processor sets *accessed* and *dirty* itself; else the first access and the first write fault.
  public var setsAccessedAndDirty: Bool
  /// What one table of each level counts in VmPTE, in bytes, from the format's top; 0 for the top itself.
  public var accountedTableBytes: [UInt64]
  public var areaRules: AreaRules
  public var cpuCount = 2
  public var tlb: TLBGeometry

  // MARK: Peculiarities of architectures

  /// The second-level tables of the user's half exist from the start and are counted then: a change of PAE's
  /// top table needs CR3 to be loaded again (`preallocate_pmds`, `arch/x86/mm/pgtable.c`).
  public var preallocatesUserTables = false
  /// Of a kernel half with a private table: the table begins as a copy of the master's (PAE with isolation),
  /// else empty (LPAE; seen in the tables of Debian's 6.1: a process lacks what it never touched).
  public var copiesPrivateTable = false
  /// The address whose top-level entry names the top table itself (Alpha's VPTB).
  public var selfMapAddress: UInt64?
  /// What that entry says beside the table's address (PAGE_KERNEL).
  public var selfMapBits: UInt64 = 0
  /// The processor translates the linear map without tables (Alpha's KSEG).
  public var hasLinearSegment = false
  /// ARM with the exception vectors at 0: a process has a table for page 0 (`vectors_high()` is false).
  public var hasLowVectors = false
  /// Places for temporary mappings of high memory that each processor has: KM_MAX_IDX 16 (33 with
  /// CONFIG_DEBUG_KMAP_LOCAL_FORCE_MAP), KM_TYPE_NR before 5.11.
  public var temporaryMappingSlotCount = 16
  /// How they are given out; nil: as the release has it.
  public var temporaryMappingRule: TemporaryMappingRule?
}
