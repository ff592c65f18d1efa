/// Huge pages that are kept for those who ask for them by name (hugetlbfs), and the huge page of zeros.
///
/// A page of the pool is named by its first frame.
public struct HugePagePool: Sendable {
  /// All pages of the pool (HugePages_Total), and those that nobody has (HugePages_Free).
  public internal(set) var totalCount = 0
  var free: [UInt64] = []
  /// Promised at mmap and not taken yet (HugePages_Rsvd).
  public internal(set) var reservedCount = 0
  /// The first frame of the huge page that all reads of untouched memory see; nil before the first.
  var zeroFrame: UInt64?

  public var freeCount: Int { free.count }
}
