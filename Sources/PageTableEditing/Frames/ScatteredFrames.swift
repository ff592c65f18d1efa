public import PageTables

/// Hands out frames from all over a range, in an order that a seed decides: neighbouring tables lie far
/// apart, as in a machine that has run for a week.
///
/// Whole pages of 4 KiB are taken, also for less.
public struct ScatteredFrames: FrameSource, Sendable {
  private let base: UInt64
  private var isTaken: [Bool]
  private var state: UInt64
  /// How many allocations are out.
  public private(set) var allocatedCount = 0

  /// Frames between `first` (rounded up to a page) and `first` + `byteCount`.
  ///
  /// At most 2^40 bytes, so that the list of pages stays bounded; more is cut.
  public init(from first: PhysicalAddress, byteCount: UInt64, seed: UInt64) {
    base = (first.rawValue &+ 0xfff) & ~0xfff
    isTaken = Array(repeating: false, count: Int(min(byteCount, 1 << 40) >> 12))
    state = seed
  }

  public mutating func allocate(sizeBits: UInt8) -> PhysicalAddress? {
    guard sizeBits < 40 else { return nil }
    let pages = sizeBits > 12 ? 1 << Int(sizeBits - 12) : 1
    // The first page of the range whose address is aligned to the size.
    let size = UInt64(pages) << 12
    let lead = Int(((size - base & (size - 1)) & (size - 1)) >> 12)
    guard lead <= isTaken.count else { return nil }
    let slotCount = (isTaken.count - lead) / pages
    guard slotCount > 0 else { return nil }
    let start = Int(truncatingIfNeeded: next() % UInt64(slotCount))
    for probe in 0..<slotCount {
      let page = lead + ((start + probe) % slotCount) * pages
      if !isTaken[page..<(page + pages)].contains(true) {
        for taken in page..<(page + pages) { isTaken[taken] = true }
        allocatedCount += 1
        return PhysicalAddress(base + UInt64(page) << 12)
      }
    }
    return nil
  }

  public mutating func free(_ address: PhysicalAddress, sizeBits: UInt8) {
    let pages = sizeBits > 12 ? 1 << Int(min(sizeBits, 40) - 12) : 1
    let page = (address.rawValue &- base) >> 12
    guard page < UInt64(isTaken.count), pages <= isTaken.count - Int(page) else { return }
    for returned in Int(page)..<(Int(page) + pages) { isTaken[returned] = false }
    allocatedCount -= 1
  }

  /// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
  private mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
