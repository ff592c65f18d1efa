/// Where a table, or a run of its entries, lies in the space that is being enumerated.
@frozen
public struct TablePosition: Sendable, BitwiseCopyable {
  /// The table's level, counted from the format's top.
  public var depth: Int
  public var table: PhysicalAddress
  /// The address that entry 0 of the table translates.
  public var base: VirtualAddress
  /// How many address bits choose an entry of this table.
  public var indexBits: UInt8
  /// What the levels above allow.
  public var access: Access

  @inlinable
  public init(depth: Int, table: PhysicalAddress, base: VirtualAddress, indexBits: UInt8, access: Access) {
    self.depth = depth
    self.table = table
    self.base = base
    self.indexBits = indexBits
    self.access = access
  }
}
