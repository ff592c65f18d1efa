/// An entry of the level above the last that maps a huge page itself.
struct LargeEntry {
  /// The huge page's first byte.
  var address: UInt64
  var slot: EntrySlot
  /// Linux's word, as it stands there.
  var entry: PageEntry
}
