/// An address as a program uses it, before translation.
///
/// 32-bit architectures use the low half; whether the upper bits may be set is the format's rule
/// (``PagingFormat/region(of:)``).
@frozen
public struct VirtualAddress: RawRepresentable, Hashable, Comparable, Sendable {
  /// The address in bytes.
  public var rawValue: UInt64

  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
  @inlinable public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  @inlinable public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
