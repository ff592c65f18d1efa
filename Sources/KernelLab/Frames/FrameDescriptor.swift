/// What is known of one page frame (`struct page`).
public struct FrameDescriptor: Sendable, BitwiseCopyable {
  public enum Kind: UInt8, Sendable, BitwiseCopyable {
    case free
    /// Not for the allocator: the kernel's image, firmware.
    case reserved
    case pageTable
    /// Private memory of processes.
    case anonymous
    /// A page of a file, or of shared memory.
    case file
    case sharedMemory
    /// A page of the fixed pool of huge ones.
    case hugePage
    /// The page that all reads of untouched memory see.
    case zero
    /// Memory of vmalloc.
    case vmalloc
    /// Everything else of the kernel: stacks, descriptors, caches.
    case kernel
  }

  /// How many users the frame has (`_refcount`): mappings, the page cache, the swap cache, who made it.
  public internal(set) var referenceCount: Int32
  /// How many page-table entries map it (`_mapcount` + 1).
  public internal(set) var mapCount: Int32
  public internal(set) var kind: Kind
  /// log2 of the number of frames that were allocated together; of the first frame of them.
  public internal(set) var order: UInt8
  /// Level of a page table, from the format's top.
  public internal(set) var level: UInt8
  /// `PG_anon_exclusive`, and what else the memory manager notes.
  var flags: Flags
  /// Who it belongs to: an address space's number for tables and anonymous pages, a file's for its pages.
  public internal(set) var owner: UInt32
  /// Links a free block to its list's next; the previous one is in `index`.
  var next: UInt32
  /// The page of the file or of the address space; for a table the first address that it serves.
  public internal(set) var index: UInt64

  struct Flags: OptionSet, Sendable, BitwiseCopyable {
    let rawValue: UInt8
    /// No other process can have the page (`PageAnonExclusive`, 5.19).
    static let exclusive = Flags(rawValue: 1 << 0)
    /// A per-CPU list may hold a reference: the kernel may copy where it could reuse.
    static let isBatched = Flags(rawValue: 1 << 1)
    static let referenced = Flags(rawValue: 1 << 2)
    static let dirty = Flags(rawValue: 1 << 3)
    static let unevictable = Flags(rawValue: 1 << 4)
    /// Follows the first frame of a larger block.
    static let isTail = Flags(rawValue: 1 << 5)
    /// Given up with MADV_FREE: it may be dropped while it is clean.
    static let lazilyFreed = Flags(rawValue: 1 << 6)
    static let inSwapCache = Flags(rawValue: 1 << 7)
  }

  static var reserved: FrameDescriptor {
    FrameDescriptor(
      referenceCount: 1, mapCount: 0, kind: .reserved, order: 0, level: 0, flags: [], owner: 0, next: 0,
      index: 0)
  }
}
