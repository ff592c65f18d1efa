public import PageTables

extension SparseMemory {
  /// Fills a range with zeros, without touching what was never lent for writing: that is zero already.
  ///
  /// - Throws: `MemoryFault.outsideRAM` if the range is not wholly in RAM; then nothing was written.
  @inlinable
  public mutating func makeZero(at address: PhysicalAddress, count: Int) throws(MemoryFault) {
    guard count > 0 else { return }
    guard let offset = offset(of: address, count: count) else { throw .outsideRAM }
    var place = offset
    let end = offset &+ count
    while place < end {
      let page = place &>> Self.pageSizeBits
      let next = min((page &+ 1) &<< Self.pageSizeBits, end)
      // Sound: `offset(of:count:)` checked that [offset, end) is in RAM, and there is a note for each page.
      if unsafe touched.load(fromByteOffset: page, as: UInt8.self) != 0 {
        _ = unsafe (start + place).initializeMemory(as: UInt8.self, repeating: 0, count: next &- place)
      }
      place = next
    }
  }

  /// Copies a range to another that does not overlap it. What was never written is not touched, and makes
  /// nothing but zeros of the target.
  ///
  /// - Throws: `MemoryFault.outsideRAM` if one of them is not wholly in RAM, `MemoryFault.unreadable` if they
  ///   overlap or are not whole pages of 4 KiB; then nothing was written.
  @inlinable
  public mutating func copyPages(
    from source: PhysicalAddress, to target: PhysicalAddress, count: Int
  ) throws(MemoryFault) {
    guard count > 0 else { return }
    guard let from = offset(of: source, count: count), let to = offset(of: target, count: count) else {
      throw .outsideRAM
    }
    let pageMask = (1 &<< Self.pageSizeBits) &- 1
    guard (from | to | count) & pageMask == 0, abs(from &- to) >= count else { throw .unreadable }
    var done = 0
    while done < count {
      let sourcePage = (from &+ done) &>> Self.pageSizeBits
      let targetPage = (to &+ done) &>> Self.pageSizeBits
      // Sound: both ranges were checked to be in RAM, to consist of whole pages, and to be apart.
      if unsafe touched.load(fromByteOffset: sourcePage, as: UInt8.self) != 0 {
        unsafe touched.storeBytes(of: 1, toByteOffset: targetPage, as: UInt8.self)
        unsafe (start + to + done).copyMemory(from: start + from + done, byteCount: pageMask &+ 1)
      } else if unsafe touched.load(fromByteOffset: targetPage, as: UInt8.self) != 0 {
        _ = unsafe (start + to + done).initializeMemory(as: UInt8.self, repeating: 0, count: pageMask &+ 1)
      }
      done &+= pageMask &+ 1
    }
  }
}
