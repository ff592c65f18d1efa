/// The comparison that tells whether a last-level entry continues its predecessor.
@frozen
public struct LeafScan: Sendable, BitwiseCopyable {
  /// What of an entry is compared: all but accessed and dirty.
  @usableFromInline var keepMask: UInt64
  @usableFromInline var leafMask: UInt64
  @usableFromInline var leafMatch: UInt64
  @usableFromInline var addressMask: UInt64
  /// One page further, as it stands in an entry.
  @usableFromInline var step: UInt64
  /// Eight 64-bit little-endian entries can be compared at once.
  @usableFromInline var isVectorable: Bool

  /// The scan of the last level of `format`: its first leaf rule.
  public init(_ format: some FormatSource) {
    let level = format.level(format.levelCount &- 1)
    let geometry = format.geometry(format.levelCount &- 1)
    keepMask = 0
    leafMask = geometry.leafMask
    leafMatch = geometry.leafMatch
    addressMask = 0
    step = 0
    isVectorable = level.entryByteCount == 8 && format.byteOrder == .little
    var index = 0
    while index < level.rules.count {
      let rule = level.rules[index]
      // The rule that the geometry took, and perhaps narrowed.
      if rule.kind == .leaf, geometry.leafMask != 0, rule.sizeBits == geometry.leafSizeBits,
        geometry.leafMask & rule.mask == rule.mask, geometry.leafMatch & rule.mask == rule.match
      {
        keepMask = ~format.volatileMask(of: rule)
        addressMask = rule.address.entryMask
        step = rule.address.entryBits(of: PhysicalAddress(1 &<< UInt64(rule.sizeBits)))
        break
      }
      index &+= 1
    }
    // Without a plain leaf rule nothing continues anything but emptiness.
    if step == 0 { leafMatch = ~leafMask | 1 }
  }

  /// Whether `entry` is the next page after `previous`, or both are empty.
  @inlinable @inline(__always)
  func continues(_ entry: UInt64, after previous: UInt64) -> Bool {
    if entry | previous == 0 { return true }
    return (entry & keepMask) &- (previous & keepMask) == step && entry & leafMask == leafMatch
      && entry & addressMask != 0
  }

  /// Eight times ``continues(_:after:)``; a set bit is an entry that does not continue.
  @inlinable @inline(__always)
  func breaks(_ entries: SIMD8<UInt64>, after previous: SIMD8<UInt64>) -> UInt8 {
    let keep = SIMD8<UInt64>(repeating: keepMask)
    let isNext =
      ((entries & keep) &- (previous & keep)) .== SIMD8<UInt64>(repeating: step)
      .& ((entries & SIMD8<UInt64>(repeating: leafMask)) .== SIMD8<UInt64>(repeating: leafMatch))
      .& ((entries & SIMD8<UInt64>(repeating: addressMask)) .!= SIMD8<UInt64>(repeating: 0))
    let isEmpty = (entries | previous) .== SIMD8<UInt64>(repeating: 0)
    let bits = SIMD8<UInt8>(1, 2, 4, 8, 16, 32, 64, 128)
    let isBreak = SIMD8<UInt64>(repeating: .max).replacing(with: 0, where: isNext .| isEmpty)
    return (SIMD8<UInt8>(truncatingIfNeeded: isBreak) & bits).wrappedSum()
  }
}
