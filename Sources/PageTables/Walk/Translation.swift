/// The answer for one address, with the path that led to it.
@frozen
public struct Translation: Sendable, BitwiseCopyable {
  /// What a mapped address maps to.
  @frozen
  public struct Mapping: Hashable, Sendable, BitwiseCopyable {
    public var physical: PhysicalAddress
    /// The page that holds it has 2^`pageSizeBits` bytes.
    public var pageSizeBits: UInt8
    /// The rights that all levels leave.
    public var access: Access

    @inlinable public init(physical: PhysicalAddress, pageSizeBits: UInt8, access: Access) {
      self.physical = physical
      self.pageSizeBits = pageSizeBits
      self.access = access
    }

    /// The page's first byte.
    @inlinable public var page: PhysicalAddress {
      PhysicalAddress(physical.rawValue & ~((1 &<< UInt64(pageSizeBits)) &- 1))
    }
  }

  @frozen
  public enum Outcome: Hashable, Sendable, BitwiseCopyable {
    case mapped(Mapping)
    case stopped(StopReason)
  }

  public var address: VirtualAddress
  /// The levels that were read, top first.
  public var steps: FixedList<6, Step>
  public var outcome: Outcome

  public init(address: VirtualAddress, steps: FixedList<6, Step>, outcome: Outcome) {
    self.address = address
    self.steps = steps
    self.outcome = outcome
  }

  /// The mapping, if the address is mapped.
  @inlinable public var mapping: Mapping? {
    if case .mapped(let mapping) = outcome { return mapping }
    return nil
  }
}
