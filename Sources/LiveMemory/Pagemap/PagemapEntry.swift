/// What `/proc/PID/pagemap` says of one page (Linux, Documentation/admin-guide/mm/pagemap.rst).
public struct PagemapEntry: Hashable, Sendable {
  public var rawValue: UInt64

  public init(rawValue: UInt64) { self.rawValue = rawValue }

  public var isPresent: Bool { rawValue >> 63 & 1 == 1 }
  public var isSwapped: Bool { rawValue >> 62 & 1 == 1 }
  /// The frame's number; nil where the page is not in memory, or the kernel hides it: whoever has not CAP_SYS_ADMIN
  /// is shown 0.
  public var frame: UInt64? {
    let number = rawValue & (1 << 55 - 1)
    return isPresent && number != 0 ? number : nil
  }
  /// Where in swap it is.
  public var swap: (type: UInt64, offset: UInt64)? {
    isSwapped && !isPresent ? (rawValue & 31, rawValue >> 5 & (1 << 50 - 1)) : nil
  }

  /// Names of the bits besides present and swapped.
  public var flags: [String] {
    [(61, "file-or-shared"), (57, "write-protected-by-userfaultfd"), (56, "mapped-once"), (55, "soft-dirty")]
      .filter { rawValue >> UInt64($0.0) & 1 == 1 }.map(\.1)
  }
}

/// What `/proc/kpageflags` says of one frame (include/uapi/linux/kernel-page-flags.h).
public struct FrameFlags: Hashable, Sendable {
  public var rawValue: UInt64

  public init(rawValue: UInt64) { self.rawValue = rawValue }

  private static let all = [
    "locked", "error", "referenced", "uptodate", "dirty", "lru", "active", "slab", "writeback", "reclaim",
    "buddy", "mmap", "anon", "swapcache", "swapbacked", "compound-head", "compound-tail", "hugetlb",
    "unevictable", "hwpoison", "nopage", "ksm", "thp", "offline", "zero-page", "idle", "page-table",
  ]

  public var names: [String] {
    Self.all.enumerated().filter { rawValue >> UInt64($0.offset) & 1 == 1 }.map(\.element)
  }
}
