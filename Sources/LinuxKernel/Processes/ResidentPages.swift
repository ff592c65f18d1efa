/// How many pages of a process are in memory as its kernel counted them (`mm_struct.rss_stat`).
public struct ResidentPages: Hashable, Sendable {
  /// Pages of files.
  public var fileCount: Int
  /// Pages of no file.
  public var anonymousCount: Int
  /// Pages of shared memory: tmpfs, `MAP_SHARED` without a file.
  public var sharedMemoryCount: Int
  /// Pages that are in swap.
  public var swappedCount: Int
  /// Whether what single processors (or, up to 6.1, single threads) counted and did not add up yet may be
  /// missing: a few dozen pages for each, which of a small process may be all of them.
  public var isApproximate: Bool

  /// `VmRSS`.
  public var totalCount: Int { fileCount + anonymousCount + sharedMemoryCount }
}
