/// A stretch of a process's address space with one set of properties (`vm_area_struct`).
///
/// Numbers that every fault reads are not checked for overlapping accesses. In general that is unsafe; they are plain
/// words, of one thread, that nobody borrows: there is nothing to overlap, and nothing that a word could corrupt.
public final class Area {
  /// The first byte (`vm_start`), and the first byte behind it (`vm_end`).
  @safe @exclusivity(unchecked) public internal(set) var start: UInt64
  @safe @exclusivity(unchecked) public internal(set) var end: UInt64
  @safe @exclusivity(unchecked) public internal(set) var flags: AreaFlags
  /// What is mapped; nil for anonymous memory.
  public let file: FileObject?
  /// The place of `start` in the file, in pages; for anonymous memory the place by which neighbours are told
  /// apart (`vm_pgoff`).
  @safe @exclusivity(unchecked) public internal(set) var pageOffset: UInt64
  /// Who keeps the anonymous pages of this area together (`anon_vma`); nil until the first is made.
  var anonymousMap: AnonymousMap?
  /// The maps that pages of this area may belong to, newest first (`anon_vma_chain`).
  var chain: [AnonymousMap] = []

  /// A new area counts as one more that maps its file, until `AddressSpace.remove(_:)`.
  init(start: UInt64, end: UInt64, flags: AreaFlags, file: FileObject? = nil, pageOffset: UInt64) {
    self.start = start
    self.end = end
    self.flags = flags
    self.file = file
    self.pageOffset = pageOffset
    file?.areaCount += 1
  }

  public var byteCount: UInt64 { end &- start }
  public func contains(_ address: UInt64) -> Bool { address >= start && address < end }

  /// Another area with the same properties and no chain yet (`vm_area_dup`).
  func duplicate() -> Area {
    let area = Area(start: start, end: end, flags: flags, file: file, pageOffset: pageOffset)
    area.anonymousMap = anonymousMap
    return area
  }

  /// The page of the file, or of the anonymous numbering, that `address` shows.
  @inline(__always)
  func page(at address: UInt64, pageSizeBits: UInt64) -> UInt64 {
    pageOffset &+ ((address &- start) &>> pageSizeBits)
  }
}
