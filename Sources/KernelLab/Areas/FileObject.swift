/// A file, or a shared memory object, with its pages in memory (`address_space` and the page cache).
public final class FileObject {
  public enum Kind: Sendable {
    /// On a disk: reading a page that is not in the cache is a major fault.
    case disk
    /// In memory only (memfd, tmpfs, shared anonymous memory): its pages count as RssShmem.
    case sharedMemory
    /// Pages of the fixed pool of huge ones (hugetlbfs). `pages` counts in those.
    case hugePages
  }

  public let name: String
  public let kind: Kind
  public internal(set) var byteCount: UInt64
  /// Frames by page of the file.
  var pages: [UInt64: UInt64] = [:]
  /// Its number among those that had pages in memory; 0 before the first.
  var id: UInt32 = 0
  /// Of shared memory: pages that are swapped out.
  var swapped: [UInt64: SwapSlot] = [:]
  /// Of a disk's file: what was written to the disk, in words of 8 bytes; all else is zeros.
  var stored: [UInt64: [UInt64]] = [:]
  /// Of huge pages: those that are promised and not taken, and to which space if it is private.
  var reserved: Set<UInt64> = []
  var reservingSpace: UInt32 = 0
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
