/// The comparison that tells whether a last-level entry continues its predecessor.
@frozen
public struct LeafScan: Sendable, BitwiseCopyable {
  /// What of an entry is compared: all but accessed and dirty.
  @usableFromInline var keepMask: UInt64
  @usableFromInline var leafMask: UInt64
  @usableFromInline var leafMatch: UInt64
  /// What of an entry must be the same in the next: all of `keepMask` but the address.
  @usableFromInline var flagsMask: UInt64
  /// One page further, as it stands in an entry.
  @usableFromInline var step: UInt64
  /// Eight 64-bit little-endian entries can be compared at once.
  @usableFromInline var isVectorable: Bool

  /// The scan of the last level of `format`: of the leaf rule that its geometry knows.
  public init(_ format: some FormatSource) {
    let level = format.level(format.levelCount &- 1)
    let geometry = format.geometry(format.levelCount &- 1)
    keepMask = 0
    leafMask = geometry.leafMask
    leafMatch = geometry.leafMatch
    flagsMask = 0
    step = 0
    isVectorable = level.entryByteCount == 8 && format.byteOrder == .little
    if geometry.leafRuleIndex != 255 {
      let rule = level.rules[Int(geometry.leafRuleIndex)]
      keepMask = ~format.volatileMask(of: rule)
      // An encryption bit lies among the address bits and is none: a carry into it ends the address.
      flagsMask = keepMask & (~rule.address.entryMask | format.memoryEncryptionMask)
      step = rule.address.entryBits(of: PhysicalAddress(1 &<< UInt64(rule.sizeBits)))
      // An address that reaches the top bit (Alpha's) wraps without a trace; the slow comparison sees it.
      if rule.address.entryMask.leadingZeroBitCount == 0 { step = 0 }
    }
    // Without a plain leaf rule nothing continues anything but emptiness.
    if step == 0 { leafMatch = ~leafMask | 1 }
  }

  /// Whether `entry` is the next page after `previous`, or both are empty.
  @inlinable @inline(__always)
  func continues(_ entry: UInt64, after previous: UInt64) -> Bool {
    entry | previous == 0 || difference(entry, previous) == 0
  }

  /// Zero if `entry` is the next page after `previous`. That the flags are compared apart keeps an address
  /// that wraps from being taken for the next.
  @inlinable @inline(__always)
  func difference(_ entry: UInt64, _ previous: UInt64) -> UInt64 {
    (((entry & keepMask) &- (previous & keepMask)) ^ step) | ((entry & leafMask) ^ leafMatch)
      | ((entry ^ previous) & flagsMask)
  }

  /// Eight times ``continues(_:after:)``; the lowest bit of byte n is set if entry n does not continue.
  @inlinable @inline(__always)
  func breaks(_ entries: SIMD8<UInt64>, after previous: SIMD8<UInt64>) -> UInt64 {
    // Every operand as a vector: with a scalar on one side some of these operators become loops.
    let keep = SIMD8<UInt64>(repeating: keepMask)
    let zero = SIMD8<UInt64>(repeating: 0)
    let notNext = ((entries & keep) &- (previous & keep)) ^ SIMD8<UInt64>(repeating: step)
    let notLeaf = (entries & SIMD8<UInt64>(repeating: leafMask)) ^ SIMD8<UInt64>(repeating: leafMatch)
    let otherFlags = (entries ^ previous) & SIMD8<UInt64>(repeating: flagsMask)
    let continues = ((notNext | notLeaf | otherFlags) .== zero) .| ((entries | previous) .== zero)
    let lanes = SIMD8<UInt64>(repeating: .max).replacing(with: zero, where: continues)
    return SIMD8<UInt8>(truncatingIfNeeded: lanes).lowBits
  }
}
