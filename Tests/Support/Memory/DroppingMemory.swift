public import PageTables

/// Physical memory of which some pages are left out, as a filtered dump leaves them out: which ones depends
/// on nothing but the seed and the page's number.
public struct DroppingMemory<Base: PhysicalMemory & Sendable>: PhysicalMemory, Sendable {
  public let base: Base
  /// How many of 1,000 pages are left out.
  public let permille: UInt64
  public let seed: UInt64

  public init(_ base: Base, permille: UInt64, seed: UInt64) {
    self.base = base
    self.permille = permille
    self.seed = seed
  }

  /// Whether the page of 4 KiB at `address` is there.
  public func keepsPage(at address: UInt64) -> Bool {
    var generator = SeededGenerator(seed: seed ^ (address >> 12 &* 0x9e37_79b9_7f4a_7c15))
    return generator.next() % 1000 >= permille
  }

  public borrowing func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    if count > 0 {
      let (last, overflows) = address.rawValue.addingReportingOverflow(UInt64(count - 1))
      guard !overflows else { throw .outsideRAM }
      for page in address.rawValue >> 12...last >> 12 where !keepsPage(at: page << 12) { throw .excluded }
    }
    return try base.withBytes(at: address, count: count, body)
  }
}
