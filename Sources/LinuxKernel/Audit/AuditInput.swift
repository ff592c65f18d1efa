public import PageTables

/// What an audit looks at.
public struct AuditInput: Sendable {
  /// All page tables of the system.
  public var tables: PageTableSet
  /// Where there is RAM, ascending and disjoint.
  public var ram: [RAMRange]
  /// The direct map and the kernel image; without them they are inferred from the master's tables.
  public var pointers: KernelPointers?
  /// The name of the kernel region that an address lies in, where regions are known.
  public var regionName: (@Sendable (VirtualAddress) -> String?)?
  /// Roots that were found in memory and may belong to no process.
  public var candidateRoots: [PageTableRoot]
  /// Told of the four bytes of memory, other than tables, that explain a finding: an object's or a device tree's
  /// first ones.
  public var noteWitness: (@Sendable (PhysicalAddress) -> Void)?
  /// How many tables are read, in each of two passes, before the audit gives up.
  public var tableLimit: Int

  public init(
    tables: PageTableSet, ram: [RAMRange], pointers: KernelPointers? = nil,
    regionName: (@Sendable (VirtualAddress) -> String?)? = nil, candidateRoots: [PageTableRoot] = [],
    tableLimit: Int = 1 << 22
  ) {
    self.tables = tables
    self.ram = ram
    self.pointers = pointers
    self.regionName = regionName
    self.candidateRoots = candidateRoots
    self.tableLimit = tableLimit
  }
}
