public import PageTables

/// What tables of one level, in one frame, are there for.
public struct TableUse: Hashable, Sendable {
  /// The level, counted from the format's top.
  public var depth: Int
  /// The first table's first byte. Small tables (ARM's) share a frame; neighbours are told of as one.
  public var table: PhysicalAddress
  /// The addresses that they translate.
  public var first: VirtualAddress
  /// Inclusive.
  public var last: VirtualAddress
  /// Whether the kernel's own table uses them: so do all processes, by a copy of the entry above or of none.
  public var isKernel: Bool
  /// The processes that use them; empty where the kernel does.
  public var processes: [ProcessTables]

  public init(
    depth: Int, table: PhysicalAddress, first: VirtualAddress, last: VirtualAddress, isKernel: Bool,
    processes: [ProcessTables]
  ) {
    self.depth = depth
    self.table = table
    self.first = first
    self.last = last
    self.isKernel = isKernel
    self.processes = processes
  }
}
