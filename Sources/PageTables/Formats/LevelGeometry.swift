/// A level reduced to what nearly every entry needs: one comparison for "table", one for "leaf", one for
/// "absent".
///
/// It answers only when the answer is certain. Whatever fits neither comparison, or has a reserved bit
/// set, is left to the level's full rules, so a walk that uses the geometry first and the rules second
/// gives what the rules alone would give.
@frozen
public struct LevelGeometry: Hashable, BitwiseCopyable, Sendable {
  public var tableMask: UInt64
  public var tableMatch: UInt64
  public var leafMask: UInt64
  public var leafMatch: UInt64
  public var absentMask: UInt64
  public var absentMatch: UInt64
  /// Applied to the shifted entry.
  public var tableAddressMask: UInt64
  public var leafAddressMask: UInt64
  /// The bits that an entry's rights depend on: entries that agree in them allow the same.
  public var tableAccessMask: UInt64
  public var leafAccessMask: UInt64
  /// The bits in which the leaves of one range may differ: address, accessed, dirty.
  public var leafVaryingMask: UInt64
  public var shift: UInt8
  public var indexBits: UInt8
  /// log2 of the bytes of an entry.
  public var entrySizeBits: UInt8
  public var leafSizeBits: UInt8
  /// Entry to address: shift right, then left, then mask. The same for tables and leaves.
  public var addressRightShift: UInt8
  public var addressLeftShift: UInt8
  /// Which of the level's rules the comparisons stand for; 255 for none.
  public var tableRuleIndex: UInt8
  public var leafRuleIndex: UInt8
  public var absentRuleIndex: UInt8

  /// For constants: see ``X86_64FourLevel``.
  @inlinable
  public init(
    tableMask: UInt64, tableMatch: UInt64, leafMask: UInt64, leafMatch: UInt64, absentMask: UInt64,
    absentMatch: UInt64, tableAddressMask: UInt64, leafAddressMask: UInt64, tableAccessMask: UInt64,
    leafAccessMask: UInt64, leafVaryingMask: UInt64, shift: UInt8, indexBits: UInt8, entrySizeBits: UInt8,
    leafSizeBits: UInt8, addressRightShift: UInt8 = 0, addressLeftShift: UInt8 = 0,
    tableRuleIndex: UInt8, leafRuleIndex: UInt8, absentRuleIndex: UInt8
  ) {
    self.tableMask = tableMask
    self.tableMatch = tableMatch
    self.leafMask = leafMask
    self.leafMatch = leafMatch
    self.absentMask = absentMask
    self.absentMatch = absentMatch
    self.tableAddressMask = tableAddressMask
    self.leafAddressMask = leafAddressMask
    self.tableAccessMask = tableAccessMask
    self.leafAccessMask = leafAccessMask
    self.leafVaryingMask = leafVaryingMask
    self.shift = shift
    self.indexBits = indexBits
    self.entrySizeBits = entrySizeBits
    self.leafSizeBits = leafSizeBits
    self.addressRightShift = addressRightShift
    self.addressLeftShift = addressLeftShift
    self.tableRuleIndex = tableRuleIndex
    self.leafRuleIndex = leafRuleIndex
    self.absentRuleIndex = absentRuleIndex
  }

  /// No entry fits.
  static var none: LevelGeometry {
    LevelGeometry(
      tableMask: 0, tableMatch: 1, leafMask: 0, leafMatch: 1, absentMask: 0, absentMatch: 1,
      tableAddressMask: 0, leafAddressMask: 0, tableAccessMask: 0, leafAccessMask: 0, leafVaryingMask: 0,
      shift: 0, indexBits: 0, entrySizeBits: 3, leafSizeBits: 0, tableRuleIndex: 255, leafRuleIndex: 255,
      absentRuleIndex: 255)
  }

  /// The geometry of `level` of `format`: its first table rule and its first leaf rule of an entry's span
  /// whose addresses are one run of bits, and its first absent rule, each narrowed so that no earlier rule
  /// overlaps it. A kind without such a rule never matches.
  public init(_ level: Level, of format: PagingFormat) {
    self = .none
    shift = level.shift
    indexBits = level.indexBits
    entrySizeBits = level.entryByteCount == 8 ? 3 : 2
    var index = 0
    while index < level.rules.count {
      let rule = level.rules[index]
      if let (mask, match) = Self.unambiguous(rule, at: index, in: level) {
        switch rule.kind {
        case .absent: takeAbsent(mask: mask, match: match, index: index)
        case .table, .leaf: takePresent(rule, mask: mask, match: match, index: index, of: format)
        case .invalid: break
        }
      }
      index &+= 1
    }
  }

  private mutating func takeAbsent(mask: UInt64, match: UInt64, index: Int) {
    guard absentRuleIndex == 255 else { return }
    absentMask = mask
    absentMatch = match
    absentRuleIndex = UInt8(truncatingIfNeeded: index)
  }

  /// Takes a table or leaf rule, if it is the first of its kind and its address can be had with the shifts.
  private mutating func takePresent(
    _ rule: EntryRule, mask: UInt64, match: UInt64, index: Int, of format: PagingFormat
  ) {
    let run = rule.address.first
    let isOneRun =
      rule.address.second.bitCount == 0 && rule.address.third.bitCount == 0 && run.bitCount > 0
    let isFirst = rule.kind == .table ? tableRuleIndex == 255 : leafRuleIndex == 255
    // Leaves larger than an entry's span (contiguous entries, NAPOT) are left to the rules.
    let spansEntry = rule.kind == .table || rule.sizeBits == shift
    guard isOneRun, isFirst, spansEntry, match & rule.reserved == 0 else { return }
    if tableRuleIndex == 255, leafRuleIndex == 255 {
      // Shift the entry so that address bit 0 comes to bit 0.
      addressRightShift = run.lowBit > run.addressLowBit ? run.lowBit &- run.addressLowBit : 0
      addressLeftShift = run.addressLowBit > run.lowBit ? run.addressLowBit &- run.lowBit : 0
    } else if Int(run.lowBit) &- Int(run.addressLowBit) != Int(addressRightShift) &- Int(addressLeftShift) {
      return
    }
    let addressMask = rule.address.addressMask & ~format.memoryEncryptionMask
    let accessMask = format.accessMask(of: rule)
    if rule.kind == .table {
      tableMask = mask | rule.reserved
      tableMatch = match
      tableAddressMask = addressMask
      tableAccessMask = accessMask
      tableRuleIndex = UInt8(truncatingIfNeeded: index)
    } else {
      leafMask = mask | rule.reserved
      leafMatch = match
      leafAddressMask = addressMask
      leafAccessMask = accessMask
      leafVaryingMask = rule.address.entryMask | format.volatileMask(of: rule)
      leafSizeBits = rule.sizeBits
      leafRuleIndex = UInt8(truncatingIfNeeded: index)
    }
  }

  /// What an entry that `rule` fits must look like for no earlier rule to fit it; nil if an earlier one
  /// covers all of them.
  ///
  /// Of the bits that make an earlier rule special the highest is asked to differ: the upper bits are the
  /// rare ones (Svnapot, Svpbmt).
  private static func unambiguous(
    _ rule: EntryRule, at place: Int, in level: Level
  ) -> (mask: UInt64, match: UInt64)? {
    var mask = rule.mask
    var match = rule.match
    var earlier = 0
    while earlier < place {
      let other = level.rules[earlier]
      let common = other.mask & mask
      if other.match & common == match & common {
        let special = other.mask & ~mask
        guard special != 0 else { return nil }
        let bit: UInt64 = 1 &<< UInt64(63 &- special.leadingZeroBitCount)
        mask |= bit
        match |= ~other.match & bit
      }
      earlier &+= 1
    }
    return (mask, match)
  }

  @inlinable @inline(__always)
  public func isTable(_ entry: UInt64) -> Bool { entry & tableMask == tableMatch }
  @inlinable @inline(__always)
  public func isLeaf(_ entry: UInt64) -> Bool { entry & leafMask == leafMatch }
  @inlinable @inline(__always)
  public func isAbsent(_ entry: UInt64) -> Bool { entry & absentMask == absentMatch }
  @inlinable @inline(__always)
  public func tableAddress(_ entry: UInt64) -> UInt64 { shifted(entry) & tableAddressMask }
  @inlinable @inline(__always)
  public func leafAddress(_ entry: UInt64) -> UInt64 { shifted(entry) & leafAddressMask }
  @inlinable @inline(__always)
  func shifted(_ entry: UInt64) -> UInt64 {
    // Turned around, so that one operation does for both: what comes in at the other end is masked.
    let left = UInt64(addressLeftShift) &- UInt64(addressRightShift)
    return (entry &<< left) | (entry &>> (0 &- left))
  }
}
