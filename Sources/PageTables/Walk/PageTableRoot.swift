/// Where the top tables are: one root, or one for each half where the format has two.
@frozen
public struct PageTableRoot: Hashable, Sendable, BitwiseCopyable {
  /// The top table of the lower half, and of the whole space where there is only one.
  public var lower: PhysicalAddress
  /// The top table of the upper half, where the format gives the halves roots of their own.
  public var upper: PhysicalAddress

  /// One root for every region.
  @inlinable public init(_ root: PhysicalAddress) {
    lower = root
    upper = root
  }

  /// A root for each half (AArch64's TTBR0 and TTBR1).
  @inlinable public init(lower: PhysicalAddress, upper: PhysicalAddress) {
    self.lower = lower
    self.upper = upper
  }

  @inlinable public subscript(which: Region.Root) -> PhysicalAddress { which == .upper ? upper : lower }
}
