/// A walk on its way: which table is next.
@frozen
public struct Walk: Sendable, BitwiseCopyable {
  public let address: VirtualAddress
  /// The level of the next table, counted from the format's top.
  public internal(set) var depth: Int
  public internal(set) var table: PhysicalAddress
  /// How many address bits choose an entry of the next table.
  var indexBits: UInt8
  public internal(set) var effectiveAccess: Access
}
