public import PageTables

/// Where an editor gets the memory for new tables.
///
/// Frames need not be zero: the editor fills them with zeros before it links them.
public protocol FrameSource: ~Copyable {
  /// Hands out 2^`sizeBits` bytes, aligned to their size, or nil when there are none left.
  mutating func allocate(sizeBits: UInt8) -> PhysicalAddress?

  /// Takes back what ``allocate(sizeBits:)`` gave, with the same size.
  mutating func free(_ address: PhysicalAddress, sizeBits: UInt8)
}
