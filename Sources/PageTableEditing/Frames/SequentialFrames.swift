public import PageTables

/// Hands out frames one after the other from a range, those that came back first.
///
/// What alignment skips is lost. For tests and for machines whose memory layout should be easy to read.
public struct SequentialFrames: FrameSource, Sendable {
  /// The next address that was never handed out.
  public private(set) var next: UInt64
  /// The first address beyond the range.
  public let end: UInt64
  /// How many allocations are out.
  public private(set) var allocatedCount = 0
  /// What came back, by size.
  private var returned: [UInt8: [PhysicalAddress]] = [:]

  /// Frames from `first` on, `byteCount` bytes in all; less if that passes 2⁶⁴.
  public init(from first: PhysicalAddress, byteCount: UInt64) {
    next = first.rawValue
    let (end, overflows) = first.rawValue.addingReportingOverflow(byteCount)
    self.end = overflows ? .max : end
  }

  public mutating func allocate(sizeBits: UInt8) -> PhysicalAddress? {
    guard sizeBits < 63 else { return nil }
    if let address = returned[sizeBits]?.popLast() {
      allocatedCount += 1
      return address
    }
    let size: UInt64 = 1 << UInt64(sizeBits)
    let (padded, overflows) = next.addingReportingOverflow(size - 1)
    let start = padded & ~(size - 1)
    guard !overflows, start <= end, size <= end - start else { return nil }
    next = start + size
    allocatedCount += 1
    return PhysicalAddress(start)
  }

  public mutating func free(_ address: PhysicalAddress, sizeBits: UInt8) {
    returned[sizeBits, default: []].append(address)
    allocatedCount -= 1
  }
}
