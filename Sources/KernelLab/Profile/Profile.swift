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
  public var kernelHalf: KernelHalf
  public var vmallocPolicy: VmallocPolicy
  /// Page-table isolation: each process has a second root for user mode.
  public var isIsolated: Bool
  /// The kernel marks its pages as global, so that they stay in the TLB at a switch (not with isolation).
  public var globalPages: Bool
  /// The processor sets *accessed* and *dirty* itself; else the first access and the first write fault.
  public var setsAccessedAndDirty: Bool
  /// What one table of each level counts in VmPTE, in bytes, from the format's top; 0 for the top itself.
  public var accountedTableBytes: [UInt64]
  public var areaRules: AreaRules
  public var cpuCount: Int
  public var tlb: TLBGeometry
}
