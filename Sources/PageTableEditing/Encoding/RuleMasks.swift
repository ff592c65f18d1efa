internal import PageTables

/// Which bits of an entry are whose, for one rule.
struct RuleMasks {
  /// Rights only.
  var access: UInt64
  var accessed: UInt64
  var dirty: UInt64
  /// Neither the rule's, nor the address's, nor reserved, nor rights.
  var free: UInt64

  init(_ rule: EntryRule, level: Level, format: PagingFormat, respectsReserved: Bool = true) {
    let entryMask: UInt64 =
      level.entryByteCount >= 8 ? .max : (1 &<< (8 &* UInt64(level.entryByteCount))) &- 1
    let reserved = respectsReserved ? rule.reserved : 0
    let fixed = rule.mask | rule.address.entryMask | reserved
    let table =
      Int(rule.accessTable) < format.accessTables.count
      ? format.accessTables[Int(rule.accessTable)] : .unrestricted
    access = table.mask & ~fixed & entryMask
    free = entryMask & ~fixed & ~access
    let fields = format.fields(of: rule)
    accessed = fields.mask(of: .accessed) & free
    dirty = fields.mask(of: .dirty) & free
  }
}

/// For each of the 64 combinations of rights: the bits that express exactly them, or nil.
///
/// All combinations of the rule's rights bits are tried. Of several that come to the same, those that say it
/// themselves go before those that say more and are narrowed by the format (AArch64: what a user may write
/// is not executable in the kernel; Linux sets PXN all the same). Then the fewest bits set are taken, and of
/// those the smallest value.
struct AccessEncodings {
  private(set) var bits: [UInt64?] = Array(repeating: nil, count: 64)
  /// Whether the bits say it themselves.
  private var isLiteral = [Bool](repeating: false, count: 64)

  /// More rights bits than this are not searched; no architecture has as many.
  private static var searchLimit: Int { 14 }

  /// - Parameter isValid: whether an entry with these bits is of the wanted kind.
  init(
    _ rule: EntryRule, masks: RuleMasks, format: PagingFormat, isValid: (UInt64) -> Bool
  ) {
    guard masks.access.nonzeroBitCount <= Self.searchLimit else { return }
    // The subsets of a mask, in ascending order: subtract the mask, keep its bits.
    var subset: UInt64 = 0
    repeat {
      let entry = rule.match | subset
      if isValid(entry) {
        let said = format.access(of: entry, by: rule)
        let meant = rule.kind == .leaf ? format.narrowed(said) : said
        propose(entry, for: meant, isLiteral: said == meant)
      }
      subset = (subset &- masks.access) & masks.access
    } while subset != 0
  }

  /// Subsets come in ascending order, so of two with the same number of bits the first is the smaller.
  private mutating func propose(_ entry: UInt64, for access: Access, isLiteral: Bool) {
    let place = Int(access.rawValue & 63)
    if let known = bits[place] {
      if self.isLiteral[place] && !isLiteral { return }
      if self.isLiteral[place] == isLiteral, known.nonzeroBitCount <= entry.nonzeroBitCount { return }
    }
    bits[place] = entry
    self.isLiteral[place] = isLiteral
  }

  /// The bits that allow most.
  var mostPermissive: (access: Access, bits: UInt64)? {
    var best: (access: Access, bits: UInt64)?
    for (place, entry) in bits.enumerated() {
      guard let entry else { continue }
      if let known = best, known.access.rawValue.nonzeroBitCount >= place.nonzeroBitCount { continue }
      best = (Access(rawValue: UInt8(place)), entry)
    }
    return best
  }
}
