/// How an operating system lays several small tables into one page frame.
///
/// ARM short descriptors: two hardware tables of 1 KiB lie in the upper half of a page, 2048 bytes after
/// Linux's own; two neighbouring first-level entries point at them (arch/arm/include/asm/pgtable-2level.h).
@frozen
public struct TableAllocation: BitwiseCopyable, Sendable {
  /// How many neighbouring entries of the level above share one allocation.
  public var tableCount: UInt8
  /// Where the first of the tables lies in the allocation.
  public var offsetBytes: UInt16
  /// The allocation's size and alignment: 2^`sizeBits` bytes; 0 for "one table, its own size".
  public var sizeBits: UInt8

  public init(tableCount: UInt8, offsetBytes: UInt16, sizeBits: UInt8) {
    self.tableCount = tableCount
    self.offsetBytes = offsetBytes
    self.sizeBits = sizeBits
  }

  /// One table an allocation, of the table's own size.
  public static var whole: TableAllocation { TableAllocation(tableCount: 1, offsetBytes: 0, sizeBits: 0) }
}
