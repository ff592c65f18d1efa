import PageTables

/// Counts mapped ranges and folds them into a checksum.
struct RangeTally: RangeSink {
  private(set) var count: UInt64 = 0
  private(set) var sum: UInt64 = 0

  mutating func receive(_ range: MappedRange) {
    guard case .mapped(let mapping) = range.content else { return }
    count &+= 1
    sum &+= mapping.physical.rawValue ^ range.last.rawValue
  }
}
