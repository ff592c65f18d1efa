/// A page's place on a swap device: what a swap entry names (`swp_entry_t`).
public struct SwapSlot: Hashable, Sendable {
  /// The device's number: the entry's type.
  public var type: Int
  /// In pages from the device's first.
  public var offset: UInt64
}
