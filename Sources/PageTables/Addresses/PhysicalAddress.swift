/// An address in physical memory: what a page table's entries hold and what a processor puts on its bus.
@frozen
public struct PhysicalAddress: RawRepresentable, Hashable, Comparable, Sendable {
  /// The address in bytes.
  public var rawValue: UInt64

  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  @inlinable public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// The address `byteCount` bytes further; past 2⁶⁴ it wraps, as an address adder does.
  @inlinable public func advanced(byBytes byteCount: UInt64) -> Self { Self(rawValue &+ byteCount) }
}
