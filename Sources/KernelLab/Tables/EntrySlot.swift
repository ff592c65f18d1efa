/// Where a page's entry stands: the physical address of the hardware's entry, and the table's extent.
struct EntrySlot: Sendable, BitwiseCopyable {
  /// The address of the hardware's entry.
  var address: UInt64
  /// How many entries from this one to the table's end, itself counted.
  var remainingCount: UInt64
}
