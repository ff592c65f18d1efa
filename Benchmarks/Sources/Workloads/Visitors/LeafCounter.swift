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
      leafMask == leafMatch && leafMask.nonzeroBitCount == 1 && addressMask & (leafMask &<< 8 &- 1) == 0
  }

  mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition) {
    var offset = 0
    let (leafMask, leafMatch, addressMask) = (leafMask, leafMatch, addressMask)
    if isOneBit {
      // One bit decides, as in most formats: plain arithmetic, where SSE2 has no comparison of 64 bits. Without
      // the bit, taking it away borrows from all bits above. The bit itself is summed below the address: at most
      // 64 entries a lane come to 7 more bits.
      var sums = SIMD8<UInt64>()
      let wanted = addressMask | leafMask
      while let entries = bytes.entries64(atByteOffset: offset) {
        let borrowed = (entries & leafMask) &- leafMask
        sums &+= (entries & wanted) & ~borrowed
        offset &+= 64
      }
      let low = leafMask &<< 8 &- 1
      count &+= (sums & low).wrappedSum() &>> UInt64(leafMask.trailingZeroBitCount)
      sum &+= (sums & ~low).wrappedSum()
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
