/// A range of addresses that reads as one: mapped to contiguous memory in the same way, or a gap.
@frozen
public struct MappedRange: Hashable, Sendable, BitwiseCopyable {
  @frozen
  public enum Content: Hashable, Sendable, BitwiseCopyable {
    case mapped(Mapping)
    /// Nothing is mapped, and why. A gap of one kind of not-present entries carries the first entry's state.
    case gap(StopReason)
  }

  /// How a mapped range is mapped.
  @frozen
  public struct Mapping: Hashable, Sendable, BitwiseCopyable {
    /// Where the range's first byte is.
    public var physical: PhysicalAddress
    /// All pages of the range have 2^`pageSizeBits` bytes.
    public var pageSizeBits: UInt8
    /// The rights that all levels leave.
    public var access: Access
    /// The first page's raw entry.
    public var entry: UInt64
    /// The entries' level, counted from the format's top, and the rule that read them.
    public var depth: UInt8
    public var ruleIndex: UInt8

    @inlinable
    public init(
      physical: PhysicalAddress, pageSizeBits: UInt8, access: Access, entry: UInt64, depth: UInt8,
      ruleIndex: UInt8
    ) {
      self.physical = physical
      self.pageSizeBits = pageSizeBits
      self.access = access
      self.entry = entry
      self.depth = depth
      self.ruleIndex = ruleIndex
    }
  }

  public var first: VirtualAddress
  /// The last address, inclusive.
  public var last: VirtualAddress
  public var content: Content

  @inlinable public init(first: VirtualAddress, last: VirtualAddress, content: Content) {
    self.first = first
    self.last = last
    self.content = content
  }

  /// The range's size; the whole 64-bit space reads as `UInt64.max`.
  @inlinable public var byteCount: UInt64 {
    let difference = last.rawValue &- first.rawValue
    return difference == .max ? difference : difference &+ 1
  }

  @inlinable public var mapping: Mapping? {
    if case .mapped(let mapping) = content { return mapping }
    return nil
  }
}
