/// Why physical memory could not answer.
///
/// The reasons are kept apart because they mean different things to whoever reads a memory image: an
/// entry that points outside RAM is a device or a stale entry, an excluded page was there and is not
/// known, a truncated file can be fetched again.
@frozen
public enum MemoryFault: UInt8, Error, Hashable, Sendable {
  /// No RAM at that address, as far as the source knows.
  case outsideRAM
  /// RAM that the source left out on purpose (a filtered dump); its content is unknown.
  case excluded
  /// The source should hold it, but the file ends before.
  case truncated
  /// The source holds it in a form that cannot be decoded (a page that does not decompress).
  case corrupt
  /// Reading failed for another reason (permission, a device error).
  case unreadable
}

#if !hasFeature(Embedded)
  extension MemoryFault: CaseIterable {}
#endif
