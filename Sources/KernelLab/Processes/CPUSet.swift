/// A set of processors (`cpumask`): up to 64, iterated in ascending order.
public struct CPUSet: Hashable, Sendable, BitwiseCopyable {
  public private(set) var bits: UInt64

  public init(bits: UInt64 = 0) { self.bits = bits }

  public init(_ cpus: some Sequence<Int>) {
    bits = 0
    for cpu in cpus { insert(cpu) }
  }

  public var isEmpty: Bool { bits == 0 }
  public var count: Int { bits.nonzeroBitCount }

  public func contains(_ cpu: Int) -> Bool { cpu >= 0 && cpu < 64 && bits &>> UInt64(cpu) & 1 != 0 }
  public mutating func insert(_ cpu: Int) { if cpu >= 0, cpu < 64 { bits |= 1 &<< UInt64(cpu) } }
  public mutating func remove(_ cpu: Int) { if cpu >= 0, cpu < 64 { bits &= ~(1 &<< UInt64(cpu)) } }
  public mutating func formUnion(_ other: CPUSet) { bits |= other.bits }
}

extension CPUSet: Sequence {
  public struct Iterator: IteratorProtocol {
    var remaining: UInt64

    public mutating func next() -> Int? {
      guard remaining != 0 else { return nil }
      defer { remaining &= remaining &- 1 }
      return remaining.trailingZeroBitCount
    }
  }

  public func makeIterator() -> Iterator { Iterator(remaining: bits) }
}
