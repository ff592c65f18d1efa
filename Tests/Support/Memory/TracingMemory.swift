public import PageTables

/// Physical memory that remembers what was asked of it.
public final class TracingMemory<Base: PhysicalMemory>: PhysicalMemory {
  /// One request.
  public struct Read: Hashable, Sendable {
    public let address: UInt64
    public let count: Int

    public init(address: UInt64, count: Int) {
      self.address = address
      self.count = count
    }
  }

  public let base: Base
  /// The requests, in order.
  public private(set) var reads: [Read] = []

  public init(_ base: Base) { self.base = base }

  public borrowing func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    reads.append(Read(address: address.rawValue, count: count))
    return try base.withBytes(at: address, count: count, body)
  }
}
