public import PageTables

/// The kernel's `struct page`s: an array over all frames, at consecutive virtual addresses (`vmemmap`, `mem_map`).
public struct FrameRecords: Sendable {
  let layout: FrameRecordLayout
  let reader: MasterReader
  /// Where frame 0 would have its record, modulo the word.
  let base: UInt64
  /// How the place is known, and how it was checked.
  public internal(set) var evidence: Evidence

  /// The record of the frame that holds `address`; nil if it cannot be read.
  public func record(of address: PhysicalAddress) -> FrameRecord? {
    let mask: UInt64 = reader.wordByteCount == 4 ? 0xffff_ffff : .max
    let frame = address.rawValue >> UInt64(reader.walker.format.pageSizeBits)
    let place = (base &+ frame &* UInt64(layout.byteCount)) & mask
    // Not every structure is a power of two, so one may lie in two pages: word by word.
    guard place & 3 == 0, let word = reader.pointer(at: place &+ UInt64(layout.flags)),
      let mapped = reader.number32(at: place &+ UInt64(layout.mapCount)),
      let used = reader.number32(at: place &+ UInt64(layout.referenceCount)),
      let head = reader.pointer(at: place &+ UInt64(layout.compoundHead))
    else { return nil }
    let (names, areAll) = layout.names(of: word)
    let (count, type) = layout.meaning(ofMapCount: mapped)
    return FrameRecord(
      address: VirtualAddress(place), flagsWord: word, flags: names, namesAllFlags: areAll, mapCount: count,
      type: type, referenceCount: Int(Int32(bitPattern: used)),
      isCompound: head & 1 == 1 || names.contains("head"))
  }
}
