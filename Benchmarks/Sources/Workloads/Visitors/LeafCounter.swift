import CReference
import PageTables

/// Counts leaves and sums the addresses that they hold, eight entries at a time.
struct LeafCounter: TableVisitor {
  private(set) var count: UInt64 = 0
  private(set) var sum: UInt64 = 0
  private let leafMask: UInt64
  private let leafMatch: UInt64
  private let addressMask: UInt64
  private let isOneBit: Bool

  init(_ format: some FormatSource) {
    let geometry = format.geometry(format.levelCount &- 1)
    leafMask = geometry.leafMask
    leafMatch = geometry.leafMatch
    addressMask = geometry.leafAddressMask
    isOneBit =
      leafMask == leafMatch && leafMask.nonzeroBitCount == 1 && addressMask & (leafMask &<< 10 &- 1) == 0
  }

  mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition) {
    var offset = 0
    let (leafMask, leafMatch, addressMask) = (leafMask, leafMatch, addressMask)
    if isOneBit, bytes.byteCount <= 4096 {
      // One bit decides, as in most formats: plain arithmetic, where SSE2 has no comparison of 64 bits. The bit
      // itself is summed below the address: 512 entries come to ten bits.
      var sums = SIMD8<UInt64>()
      let wanted = addressMask | leafMask
      while let entries = bytes.entries64(atByteOffset: offset) {
        #if !WIDE_VECTORS
          prefetch(bytes, atByteOffset: offset &+ 512)
        #endif
        sums &+= Self.leaves(among: entries, leafMask: leafMask, wanted: wanted)
        offset &+= 64
      }
      let half = sums.lowHalf &+ sums.highHalf
      let pair = half.lowHalf &+ half.highHalf
      let total = pair[0] &+ pair[1]
      let low = leafMask &<< 10 &- 1
      count &+= (total & low) &>> UInt64(leafMask.trailingZeroBitCount)
      sum &+= total & ~low
    } else {
      var counts = SIMD8<UInt64>()
      var sums = SIMD8<UInt64>()
      while let entries = bytes.entries64(atByteOffset: offset) {
        let isLeaf = (entries & leafMask) .== leafMatch
        counts &+= SIMD8<UInt64>().replacing(with: 1, where: isLeaf)
        sums &+= SIMD8<UInt64>().replacing(with: entries & addressMask, where: isLeaf)
        offset &+= 64
      }
      count &+= counts.wrappedSum()
      sum &+= sums.wrappedSum()
    }
    while let entry = bytes.entry(atByteOffset: offset, byteCount: 8, order: .little) {
      if entry & leafMask == leafMatch {
        count &+= 1
        sum &+= entry & addressMask
      }
      offset &+= 8
    }
  }

  /// What is `wanted` of the leaves, and zero of the other entries.
  @inline(__always)
  private static func leaves(
    among entries: SIMD8<UInt64>, leafMask: UInt64, wanted: UInt64
  ) -> SIMD8<UInt64> {
    #if !WIDE_VECTORS
      // Four registers hold the eight, and mostly all are leaves, in real tables and in these. Where one
      // register holds them, the test costs more than it saves.
      let quarter = entries.lowHalf & entries.highHalf
      let pair = quarter.lowHalf & quarter.highHalf
      if pair[0] & pair[1] & leafMask != 0 { return entries & wanted }
    #endif
    // Without the bit, taking it away borrows from all bits above.
    let borrowed = (entries & leafMask) &- leafMask
    return (entries & wanted) & ~borrowed
  }

  /// With narrow registers the loop is too long for the processor to see enough of the table ahead.
  @inline(__always)
  private func prefetch(_ bytes: RawSpan, atByteOffset offset: Int) {
    guard offset < bytes.byteCount else { return }
    // Sound: inside the bytes, as was checked.
    unsafe bytes.withUnsafeBytes { unsafe reference_prefetch($0.baseAddress.unsafelyUnwrapped + offset) }
  }

  mutating func visitEntry(
    _ entry: UInt64, ruleIndex: Int, first: VirtualAddress, last: VirtualAddress, position: TablePosition
  ) {
    guard entry & 0x81 == 0x81 else { return }
    let spanMask = last.rawValue &- first.rawValue
    count &+= 1
    sum &+= entry & 0x000f_ffff_ffff_f000 & ~spanMask
  }

  mutating func visitStop(first: VirtualAddress, last: VirtualAddress, reason: StopReason, depth: Int) {}

  mutating func add(_ other: LeafCounter) {
    count &+= other.count
    sum &+= other.sum
  }
}
