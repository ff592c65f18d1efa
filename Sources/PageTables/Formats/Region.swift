/// A range of virtual addresses that one root translates.
///
/// Most formats have two, the halves of the space; what lies between them is not canonical. Where the
/// halves have roots of their own (AArch64's TTBR0 and TTBR1) each region names its root, and it may start
/// at another level than the format's top.
@frozen
public struct Region: HasFiller {
  /// Which of the two roots serves a region.
  @frozen
  public enum Root: UInt8, Sendable, BitwiseCopyable {
    case lower
    case upper
  }

  public var first: VirtualAddress
  /// The last address, inclusive: the space may end at 2⁶⁴.
  public var last: VirtualAddress
  public var root: Root
  /// The level (depth from the format's top) at which a walk starts.
  public var firstDepth: UInt8
  /// How many address bits choose an entry of the first table.
  public var firstIndexBits: UInt8

  @inlinable
  public init(
    _ range: ClosedRange<UInt64>, root: Root = .lower, firstDepth: UInt8 = 0, firstIndexBits: UInt8
  ) {
    self.first = VirtualAddress(range.lowerBound)
    self.last = VirtualAddress(range.upperBound)
    self.root = root
    self.firstDepth = firstDepth
    self.firstIndexBits = firstIndexBits
  }

  public static var filler: Region { Region(0...0, firstIndexBits: 0) }

  @inlinable public func contains(_ address: VirtualAddress) -> Bool {
    address >= first && address <= last
  }
}
