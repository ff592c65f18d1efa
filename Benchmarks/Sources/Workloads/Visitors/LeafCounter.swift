import PageTables

/// Counts leaves and sums the addresses that they hold, eight entries at a time.
struct LeafCounter: TableVisitor {
  private(set) var count: UInt64 = 0
  private(set) var sum: UInt64 = 0
  private let leafMask: UInt64
  private let leafMatch: UInt64
  private let addressMask: UInt64

  init(_ format: some FormatSource) {
    let geometry = format.geometry(format.levelCount &- 1)
    leafMask = geometry.leafMask
    leafMatch = geometry.leafMatch
    addressMask = geometry.leafAddressMask
  }

  mutating func visitLeafTable(_ bytes: RawSpan, firstIndex: Int, position: TablePosition) {
    let masks = SIMD8<UInt64>(repeating: leafMask)
    let matches = SIMD8<UInt64>(repeating: leafMatch)
    let addressMasks = SIMD8<UInt64>(repeating: addressMask)
    var counts = SIMD8<UInt64>()
    var sums = SIMD8<UInt64>()
    var offset = 0
    while let entries = bytes.entries64(atByteOffset: offset) {
      let isLeaf = (entries & masks) .== matches
      counts &+= SIMD8<UInt64>().replacing(with: 1, where: isLeaf)
      sums &+= SIMD8<UInt64>().replacing(with: entries & addressMasks, where: isLeaf)
      offset &+= 64
    }
    count &+= counts.wrappedSum()
    sum &+= sums.wrappedSum()
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
