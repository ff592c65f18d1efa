public import PageTables

/// Neighbouring pages of one address space in neighbouring frames, with the same rights: what tables of other
/// kinds are filled with.
public struct PageRun: Hashable, Sendable, BitwiseCopyable {
  /// Whose pages they are: a PID, or any other number of an address space.
  public var space: UInt32
  /// The first virtual page's number: its address without the bits inside a page.
  public var page: UInt64
  /// The first frame's number.
  public var frame: UInt64
  public var pageCount: UInt64
  public var access: Access
  /// How many entries a walk of the multi-level tables reads to reach one of these pages.
  public var walkLength: UInt8

  public init(
    space: UInt32, page: UInt64, frame: UInt64, pageCount: UInt64, access: Access, walkLength: UInt8 = 1
  ) {
    self.space = space
    self.page = page
    self.frame = frame
    self.pageCount = pageCount
    self.access = access
    self.walkLength = walkLength
  }
}
