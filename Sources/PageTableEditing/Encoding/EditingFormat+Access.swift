public import PageTables

extension EditingFormat {
  /// Whether a leaf of 2^`sizeBits` bytes can give exactly these rights.
  public func canExpress(_ access: Access, sizeBits: UInt8) -> Bool {
    guard let slot = slot(ofSizeBits: sizeBits) else { return false }
    return encoding(slot: slot, access: access).bits != 0
  }

  /// All combinations of rights that a leaf of 2^`sizeBits` bytes can give.
  public func expressibleAccesses(sizeBits: UInt8) -> [Access] {
    (0..<64).map { Access(rawValue: $0) }.filter { canExpress($0, sizeBits: sizeBits) }
  }

  /// The rights nearest to `access` that a leaf of 2^`sizeBits` bytes can give, or nil if there is no such
  /// leaf.
  ///
  /// Formats differ in what they can say: x86 cannot forbid the kernel to read, RISC-V has no page for
  /// both, IA-32 without PAE cannot forbid execution. What a user program may do comes first: the fewest
  /// user rights differ, none too many rather than too few; then the fewest kernel rights.
  public func nearestAccess(to access: Access, sizeBits: UInt8) -> Access? {
    func distance(_ other: Access) -> [Int] {
      let extra = other.subtracting(access)
      let missing = access.subtracting(other)
      func count(_ some: Access) -> Int { some.rawValue.nonzeroBitCount }
      return [
        count(extra.union(missing).intersection(.user)), count(extra.intersection(.user)),
        count(extra.union(missing).intersection(.kernel)), count(extra.intersection(.kernel)),
      ]
    }
    return expressibleAccesses(sizeBits: sizeBits).min {
      distance($0).lexicographicallyPrecedes(distance($1))
    }
  }
}

extension EditingFormat {
  /// What the editor writes into an entry for a table at level `depth`, but for the address; 0 where the
  /// level has no tables below it.
  public func tableAccessBits(depth: Int) -> UInt64 {
    depth < tables.count ? tables[depth]?.bits ?? 0 : 0
  }
}
