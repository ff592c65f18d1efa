public import PageTables

/// Where a synthetic kernel was put: what a search of its memory must find.
public struct WrittenKernel: Sendable {
  public struct WrittenTask: Hashable, Sendable {
    public var task: SyntheticTask
    public var address: UInt64
    public var physical: UInt64
    /// The pointer to its `mm_struct`; 0 for none.
    public var memoryDescriptor: UInt64
  }

  /// Every thread, the idle one first, in the order of `SyntheticLinux.tasks` otherwise.
  public var tasks: [WrittenTask] = []
  /// The root of each process's tables, by tgid; sharers have the same one.
  public var roots: [Int: PageTableRoot] = [:]
  public var master: PageTableRoot
  /// The page that was mapped at the start of each area: address to physical address, by tgid.
  public var pages: [Int: [UInt64: UInt64]] = [:]

  public init(master: PageTableRoot) { self.master = master }
}
