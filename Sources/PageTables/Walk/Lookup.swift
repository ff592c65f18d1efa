/// The short answer for one address: for callers that ask for many and need no path.
@frozen
public struct Lookup: Hashable, Sendable, BitwiseCopyable {
  /// The physical address, or 0 where it is not mapped.
  public var physical: PhysicalAddress
  /// The raw leaf entry, or the entry at which the walk stopped.
  public var entry: UInt64
  /// The page has 2^`pageSizeBits` bytes; 0 where the address is not mapped.
  public var pageSizeBits: UInt8
  /// The level that answered, counted from the format's top.
  public var depth: UInt8

  @inlinable
  public init(physical: PhysicalAddress, entry: UInt64, pageSizeBits: UInt8, depth: UInt8) {
    self.physical = physical
    self.entry = entry
    self.pageSizeBits = pageSizeBits
    self.depth = depth
  }

  /// Whether the address is mapped. Why not is for ``Walker/translate(_:in:)`` to tell.
  @inlinable public var isMapped: Bool { pageSizeBits != 0 }

  @inlinable static var unmapped: Lookup {
    Lookup(physical: PhysicalAddress(0), entry: 0, pageSizeBits: 0, depth: 0)
  }

  /// A walk on its way, as a batch keeps it: `physical` is where its next entry lies, at `depth` or below. No
  /// page is as large as `pageSizeBits` then says.
  @inlinable @inline(__always)
  static func waiting(toRead entryAddress: PhysicalAddress, depth: Int) -> Lookup {
    Lookup(
      physical: entryAddress, entry: 0, pageSizeBits: .max &- UInt8(truncatingIfNeeded: depth), depth: 0)
  }
  /// Whether the walk goes on at `depth`: one comparison, for a batch asks it of every walk.
  @inlinable @inline(__always)
  func isWaiting(at depth: Int) -> Bool { pageSizeBits >= .max &- UInt8(truncatingIfNeeded: depth) }

  @inlinable @inline(__always)
  static func stopped(at entry: UInt64, depth: Int) -> Lookup {
    Lookup(
      physical: PhysicalAddress(0), entry: entry, pageSizeBits: 0, depth: UInt8(truncatingIfNeeded: depth))
  }
}
