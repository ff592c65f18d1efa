/// The state of pkmap: `pkmap_count`, `last_pkmap_nr` and the hash behind `page_address` (`mm/highmem.c`).
public struct PermanentMappings: Sendable {
  /// For each place: 0 it is free, 1 it is unmapped but TLBs may still hold it, n it has n - 1 users.
  public internal(set) var counts: [Int]
  /// The frame at each place whose count is not 0.
  var frames: [UInt64]
  /// Where the search ended.
  public internal(set) var lastSlot = 0
  /// How often the search came round and all unused places were flushed at once.
  public internal(set) var flushCount: UInt64 = 0
  /// The place of each frame that has one.
  var slots: [UInt64: Int] = [:]

  /// - Parameter count: how many places there are (LAST_PKMAP); a power of two.
  init(count: Int) {
    counts = [Int](repeating: 0, count: count)
    frames = [UInt64](repeating: 0, count: count)
  }
}
