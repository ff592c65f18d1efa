/// Where a region begins or ends, as data: how the address is come by.
indirect enum LayoutBound: Sendable {
  /// The architecture's constant, the same in every kernel.
  case constant(UInt64)
  /// The constant of those kernels that have a table of the last level for a page, mapped or not.
  case constantOfEra(UInt64, tableFor: UInt64)
  /// A line of VMCOREINFO, by its full key.
  case vmcoreinfo(String)
  /// A symbol's address.
  case symbol(String)
  /// The word that a kernel variable holds.
  case variable(String)
  /// A place that the leaves themselves tell.
  case place(LayoutPlace)
  /// So many bytes after another bound.
  case plus(LayoutBound, UInt64)
  /// So many bytes before another bound.
  case minus(LayoutBound, UInt64)
  /// So many bytes, from a line of VMCOREINFO, after another bound.
  case plusNumber(LayoutBound, String)
  /// Rounded down to 2^bits bytes.
  case down(LayoutBound, bits: Int)
  /// Rounded up to 2^bits bytes.
  case up(LayoutBound, bits: Int)
  /// The bound, if there is a table of the last level for the address there, mapped pages or not.
  case ifTable(LayoutBound)
  /// The first bound, if it is not below the second one.
  case notBelow(LayoutBound, LayoutBound)
  /// The first bound that is known.
  case firstOf([LayoutBound])
}

/// A place that leaves tell.
enum LayoutPlace: Sendable {
  /// The linear map's first address.
  case linearStart
  /// The address after the linear map.
  case linearEnd
  case imageStart
  /// The address after the image.
  case imageEnd
  /// The first mapped address after the linear map.
  case afterLinear
  /// The first mapped address after the image.
  case afterImage
  /// The gibibyte that `struct page`s fill: the last one below the first of ``LayoutRules/borders`` with enough of
  /// them for all RAM, in leaves that can be written and not executed.
  case memmap
  /// The read-only page that begins a page-table page's worth of addresses near the top of 32-bit x86: the
  /// copy of the interrupt table, with which cpu_entry_area begins.
  case interruptTable
}
