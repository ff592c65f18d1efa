import PageTables

/// A table that was reached a second time below the kernel half.
struct SharedTable: Sendable {
  /// Where a table was reached.
  struct Place: Hashable, Sendable {
    var owner: Int
    var base: VirtualAddress
    var isKernelHalf: Bool
  }

  var table: PhysicalAddress
  var depth: Int
  var indexBits: UInt8
  var first: Place
  var second: Place
}
