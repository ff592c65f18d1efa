/// A file, or a shared memory object, with its pages in memory (`address_space` and the page cache).
public final class FileObject {
  public enum Kind: Sendable {
    /// On a disk: reading a page that is not in the cache is a major fault.
    case disk
    /// In memory only (memfd, tmpfs, shared anonymous memory): its pages count as RssShmem.
    case sharedMemory
  }

  public let name: String
  public let kind: Kind
  public internal(set) var byteCount: UInt64
  /// Frames by page of the file.
  var pages: [UInt64: UInt64] = [:]
  /// How many areas map it.
  var areaCount = 0
  /// Somebody has it open, or it has a name: it outlives its areas. Shared anonymous memory does not.
  var isKept: Bool

  init(name: String, kind: Kind, byteCount: UInt64, isKept: Bool = true) {
    self.name = name
    self.kind = kind
    self.byteCount = byteCount
    self.isKept = isKept
  }

  /// How many pages of `1 << pageSizeBits` bytes its bytes begin.
  @inline(__always)
  func pageCount(pageSizeBits: UInt64) -> UInt64 {
    (byteCount &>> pageSizeBits) &+ (byteCount & ((1 &<< pageSizeBits) &- 1) == 0 ? 0 : 1)
  }
}
