/// What Linux means by an entry that the hardware calls absent.
@frozen
public struct NotPresentState: Hashable, Sendable, BitwiseCopyable {
  @frozen
  public enum Kind: UInt8, Sendable, BitwiseCopyable {
    /// An empty entry: nothing was ever mapped, or it was unmapped.
    case none
    /// The page is in swap area `type` at slot `offset`.
    case swap
    /// The page is being moved; `offset` is its frame number.
    case migration
    /// PROT_NONE or a NUMA hint: the page `offset` is in memory, but no access is allowed.
    case protectionNone
    /// Linux has the page `offset` and allows what it allows, but waits for the next access to tell the
    /// hardware: where the valid bit is also Linux's accessed bit (LoongArch), an old page.
    case old
    /// A guard marker (MADV_GUARD_INSTALL): an access is answered with a signal.
    case `guard`
    /// The page held memory that the hardware reported as broken, or is marked as such.
    case hardwarePoison
    /// Memory of a device (device-private, device-exclusive); `offset` is its frame number.
    case device
    /// Another marker (userfaultfd write protection).
    case marker
    /// Not zero, but no state that this table of the kernel era knows.
    case unknown
  }

  public var kind: Kind
  /// The swap type field, for ``Kind/swap`` the swap area; 0 where there is none.
  public var type: UInt64
  /// The slot, frame number or marker bits, as `kind` says.
  public var offset: UInt64

  @inlinable public init(_ kind: Kind, type: UInt64 = 0, offset: UInt64 = 0) {
    self.kind = kind
    self.type = type
    self.offset = offset
  }
}

#if !hasFeature(Embedded)
  extension NotPresentState.Kind: CaseIterable {}
#endif
