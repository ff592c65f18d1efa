/// A level reduced to what nearly every entry needs: one comparison for "table", one for "leaf".
///
/// It answers only when the answer is certain. Whatever fits neither comparison, or has a reserved bit
/// set, is left to the level's full rules, so a walk that uses the geometry first and the rules second
/// gives what the rules alone would give.
@frozen
public struct LevelGeometry: BitwiseCopyable, Sendable {
  public var tableMask: UInt64
  public var tableMatch: UInt64
  public var leafMask: UInt64
  public var leafMatch: UInt64
  /// Applied to the shifted entry.
  public var tableAddressMask: UInt64
  public var leafAddressMask: UInt64
  public var shift: UInt8
  public var indexBits: UInt8
  /// log2 of the bytes of an entry.
  public var entrySizeBits: UInt8
  public var leafSizeBits: UInt8
  /// Entry to address: shift right, then left, then mask. The same for tables and leaves.
  public var addressRightShift: UInt8
  public var addressLeftShift: UInt8

  /// For constants: see ``X86_64FourLevel``.
  @inlinable
  public init(
    tableMask: UInt64, tableMatch: UInt64, leafMask: UInt64, leafMatch: UInt64, tableAddressMask: UInt64,
    leafAddressMask: UInt64, shift: UInt8, indexBits: UInt8, entrySizeBits: UInt8, leafSizeBits: UInt8,
    addressRightShift: UInt8 = 0, addressLeftShift: UInt8 = 0
  ) {
    self.tableMask = tableMask
    self.tableMatch = tableMatch
    self.leafMask = leafMask
    self.leafMatch = leafMatch
    self.tableAddressMask = tableAddressMask
    self.leafAddressMask = leafAddressMask
    self.shift = shift
    self.indexBits = indexBits
    self.entrySizeBits = entrySizeBits
    self.leafSizeBits = leafSizeBits
    self.addressRightShift = addressRightShift
    self.addressLeftShift = addressLeftShift
  }

  /// The geometry of `level`: its first table rule and its first leaf rule whose addresses are one run of
  /// bits, narrowed so that no earlier rule overlaps. A kind without such a rule never matches.
  public init(_ level: Level, memoryEncryptionMask: UInt64) {
    self.init(
      tableMask: 0, tableMatch: 1, leafMask: 0, leafMatch: 1, tableAddressMask: 0, leafAddressMask: 0,
      shift: level.shift, indexBits: level.indexBits, entrySizeBits: level.entryByteCount == 8 ? 3 : 2,
      leafSizeBits: 0)
    var shiftsAreSet = false
    var index = 0
    while index < level.rules.count {
      let rule = level.rules[index]
      let run = rule.address.first
      let isOneRun =
        rule.address.second.bitCount == 0 && rule.address.third.bitCount == 0 && run.bitCount > 0
      let shiftsFit =
        !shiftsAreSet || (run.lowBit == addressRightShift &+ run.addressLowBit &- addressLeftShift)
      let isFirst = rule.kind == .table ? tableMask == 0 : leafMask == 0
      if rule.kind == .table || rule.kind == .leaf, isOneRun, isFirst, shiftsFit,
        let (mask, match) = Self.unambiguous(rule, at: index, in: level), match & rule.reserved == 0
      {
        if !shiftsAreSet {
          // The widest form: shift the entry so that address bit 0 comes to bit 0.
          addressRightShift = run.lowBit > run.addressLowBit ? run.lowBit &- run.addressLowBit : 0
          addressLeftShift = run.addressLowBit > run.lowBit ? run.addressLowBit &- run.lowBit : 0
          shiftsAreSet = true
        }
        let addressMask = rule.address.addressMask & ~memoryEncryptionMask
        if rule.kind == .table {
          tableMask = mask | rule.reserved
          tableMatch = match
          tableAddressMask = addressMask
        } else {
          leafMask = mask | rule.reserved
          leafMatch = match
          leafAddressMask = addressMask
          leafSizeBits = rule.sizeBits
        }
      }
      index &+= 1
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
  public func tableAddress(_ entry: UInt64) -> UInt64 { shifted(entry) & tableAddressMask }
  @inlinable @inline(__always)
  public func leafAddress(_ entry: UInt64) -> UInt64 { shifted(entry) & leafAddressMask }
  @inlinable @inline(__always)
  func shifted(_ entry: UInt64) -> UInt64 {
    (entry &>> UInt64(addressRightShift)) &<< UInt64(addressLeftShift)
  }
}
