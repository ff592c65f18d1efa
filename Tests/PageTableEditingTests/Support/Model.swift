import PageTableEditing
import PageTables

/// What an editor should have done, kept as simply as can be: which leaf begins where.
struct Model {
  struct Leaf: Equatable {
    var target: UInt64
    var sizeBits: UInt8
    var access: Access
    var size: UInt64 { 1 << UInt64(sizeBits) }
  }

  private(set) var leaves: [UInt64: Leaf] = [:]

  /// The leaf that holds an address.
  func leaf(at address: UInt64, sizes: [UInt8]) -> (start: UInt64, leaf: Leaf)? {
    for sizeBits in sizes {
      let start = address & ~((1 << UInt64(sizeBits)) - 1)
      if let leaf = leaves[start], leaf.sizeBits >= sizeBits, address - start < leaf.size {
        return (start, leaf)
      }
    }
    return nil
  }

  func overlaps(_ address: UInt64, byteCount: UInt64) -> Bool {
    leaves.contains { $0.key < address + byteCount && address < $0.key + $0.value.size }
  }

  /// Whether the range cuts a leaf in two.
  func cuts(_ address: UInt64, byteCount: UInt64) -> Bool {
    leaves.contains { start, leaf in
      let isInside = start >= address && start + leaf.size <= address + byteCount
      return !isInside && start < address + byteCount && address < start + leaf.size
    }
  }

  mutating func map(_ address: UInt64, _ leaf: Leaf) { leaves[address] = leaf }

  mutating func unmap(_ address: UInt64, byteCount: UInt64) {
    leaves = leaves.filter { $0.key < address || $0.key >= address + byteCount }
  }

  mutating func protect(_ address: UInt64, byteCount: UInt64, access: Access) {
    for start in leaves.keys where start >= address && start < address + byteCount {
      leaves[start]?.access = access
    }
  }
}
