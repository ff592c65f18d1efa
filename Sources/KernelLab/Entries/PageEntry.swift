/// The last-level entry of one page, as Linux reads it (`pte_t`).
///
/// A page's size and place in the table are not in it; with transparent huge pages the same words stand one
/// level up.
struct PageEntry: Hashable, Sendable, BitwiseCopyable {
  /// Linux's word.
  var word: UInt64

  static var none: PageEntry { PageEntry(word: 0) }

  var isNone: Bool { word == 0 }
}
