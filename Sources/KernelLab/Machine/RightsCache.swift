import PageTables

/// The rights that combinations of a leaf's access bits gave before, by a hash of depth and bits: a program uses
/// few, and the format's own answer takes a search of its tables.
struct RightsCache: Sendable {
  /// Bits as in the entry; of an empty slot bits that hash to another one.
  private var keys: [UInt64]
  private var rights: [Access]

  private static var slotCount: Int { 16 }

  init(levelCount: Int) {
    // Slot 0 is for bits that are all zero, among others.
    keys = (0..<levelCount * Self.slotCount).map { $0 % Self.slotCount == 0 ? 1 : 0 }
    rights = [Access](repeating: [], count: levelCount * Self.slotCount)
  }

  /// Where the rights of leaves with these access bits are kept.
  @inline(__always)
  static func slot(depth: Int, bits: UInt64) -> Int {
    // Access bits lie at both ends of an entry.
    depth &* slotCount
      &+ Int(truncatingIfNeeded: (bits ^ bits &>> 53 ^ bits &>> 5) & UInt64(slotCount - 1))
  }

  /// The rights that were kept, or nil if the slot holds those of other bits.
  @inline(__always)
  func known(at slot: Int, bits: UInt64) -> Access? { keys[slot] == bits ? rights[slot] : nil }

  mutating func keep(_ access: Access, at slot: Int, bits: UInt64) {
    keys[slot] = bits
    rights[slot] = access
  }
}
