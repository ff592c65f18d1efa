/// What the kernel counts of an address space, in pages.
public struct SpaceUsage: Hashable, Sendable {
  /// Pages of each kind that are present: RssAnon, RssFile, RssShmem.
  public var anonymousPages: Int64 = 0
  public var filePages: Int64 = 0
  public var sharedMemoryPages: Int64 = 0
  /// Pages that are swapped out (VmSwap).
  public var swappedPages: Int64 = 0
  /// Pages of the fixed pool of huge ones that are present (HugetlbPages); not in RSS.
  public var fixedHugePages: Int64 = 0
  /// All areas (VmSize), writable private ones (VmData), and locked ones (VmLck).
  public var totalPages: Int64 = 0
  public var dataPages: Int64 = 0
  public var lockedPages: Int64 = 0

  public init() {}
}
