/// One entry that maps a frame.
struct FrameMapping {
  var space: AddressSpace
  var area: Area
  /// The page's first byte.
  var address: UInt64
  /// Of the page's entry; of the large one that holds the page if `isLarge`.
  var slot: EntrySlot
  var isLarge: Bool
}
