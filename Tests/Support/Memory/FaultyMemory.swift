public import PageTables

/// Physical memory of which some pages answer with a fault.
public struct FaultyMemory<Base: PhysicalMemory>: PhysicalMemory {
  public let base: Base
  /// The faults by page number (address / 4096).
  public let faults: [UInt64: MemoryFault]

  /// - Parameter faults: a fault for every page whose first address is named.
  public init(_ base: Base, faults: [UInt64: MemoryFault]) {
    self.base = base
    self.faults = Dictionary(faults.map { ($0.key >> 12, $0.value) }, uniquingKeysWith: { $1 })
  }

  public borrowing func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    if count > 0 {
      let last = address.rawValue &+ UInt64(count - 1)
      for page in faults.keys.sorted() where page >= address.rawValue >> 12 && page <= last >> 12 {
        throw faults[page] ?? .unreadable
      }
    }
    return try base.withBytes(at: address, count: count, body)
  }
}

extension FaultyMemory: Sendable where Base: Sendable {}
