public import PageTables

/// A range of addresses that two address spaces treat differently, in one way throughout.
public struct SpaceDifference: Hashable, Sendable {
  /// In which respects.
  public struct Aspects: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Mapped in the second space only.
    public static let mapped = Aspects(rawValue: 1)
    /// Mapped in the first space only.
    public static let unmapped = Aspects(rawValue: 2)
    /// Mapped to other memory.
    public static let frame = Aspects(rawValue: 4)
    /// Mapped with other rights.
    public static let access = Aspects(rawValue: 8)
    /// Mapped by pages of another size, or at another level.
    public static let pageSize = Aspects(rawValue: 16)
    /// Mapped by entries with other bits that decide neither place nor rights; accessed and dirty excepted.
    public static let flags = Aspects(rawValue: 32)
    /// Mapped in neither, for other reasons: swapped out instead of absent.
    public static let state = Aspects(rawValue: 64)
  }

  public var first: VirtualAddress
  /// The last address, inclusive.
  public var last: VirtualAddress
  public var aspects: Aspects
  /// What the first address is in each of the spaces. The rest of the range is mapped with the same rights by
  /// pages of the same size, but not necessarily to contiguous memory.
  public var before: MappedRange.Content
  public var after: MappedRange.Content

  public init(
    first: VirtualAddress, last: VirtualAddress, aspects: Aspects, before: MappedRange.Content,
    after: MappedRange.Content
  ) {
    self.first = first
    self.last = last
    self.aspects = aspects
    self.before = before
    self.after = after
  }

  /// The same with the spaces exchanged.
  public var mirrored: SpaceDifference {
    var aspects = aspects
    if self.aspects.contains(.mapped) != self.aspects.contains(.unmapped) {
      aspects.formSymmetricDifference([.mapped, .unmapped])
    }
    return SpaceDifference(first: first, last: last, aspects: aspects, before: after, after: before)
  }
}
