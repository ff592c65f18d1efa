import PageTables

/// Where a compressed image has the byte at some address.
@safe
enum PageLocation {
  /// In a page that has to be decoded, which begins at `start` and counts up to `last`, inclusive.
  case stored(StoredPage, start: UInt64, last: UInt64)
  /// In RAM that is known to be zero up to `last`.
  case zero(last: UInt64)
  /// Nowhere.
  case fault(MemoryFault)
}

/// A compressed page in a file. Equal values decode to equal bytes, so this is the key of the cache: pages
/// that share their data (QEMU stores one zero page for all) share their place in it.
struct StoredPage: Hashable {
  /// Which file of a split set.
  var part: UInt16
  /// Where the compressed data is.
  var offset: UInt64
  /// How many bytes of it there are.
  var storedBytes: UInt32
  /// What it is to become.
  var sizeBytes: UInt32
  /// How it is compressed, as the format has it.
  var encoding: UInt32

  /// Places differ; what else differs is left to `==`.
  func hash(into hasher: inout Hasher) { hasher.combine(offset) }
}

/// A compressed container: finds pages and decodes them. Never asked for the same page while it is cached.
protocol PageSource: MemoryLayoutSource {
  /// The largest ``StoredPage/sizeBytes``.
  var largestPageBytes: Int { get }
  /// Where `address` is.
  func locate(_ address: UInt64) -> PageLocation
  /// Decodes a page that `locate` gave.
  func decode(_ page: StoredPage) throws(MemoryFault) -> CachedPage
}
