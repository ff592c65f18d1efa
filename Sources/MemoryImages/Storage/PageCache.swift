import PageTables
import Synchronization

/// Decoded pages, up to a number of bytes, shared by all threads.
///
/// The cache is cut into shards with a lock each; a lock is held for a lookup or an insertion, never while a
/// page is decoded or lent. Two threads may decode the same page at the same time; the first one in wins. A
/// full shard evicts by the clock: the hand passes over pages that were used since it came by last.
final class PageCache: Sendable {
  private struct Slot {
    var key: StoredPage
    var page: CachedPage
    var wasUsed: Bool
  }

  private struct State {
    var slotOf: [StoredPage: Int] = [:]
    var slots: [Slot] = []
    var hand = 0
  }

  private final class Shard: Sendable {
    let state = Mutex(State())
  }

  private let shards: [Shard]
  private let slotsPerShard: Int

  /// A cache for `limitBytes` of pages of at most `pageBytes` each; at least one page is kept.
  init(limitBytes: Int, pageBytes: Int) {
    let pages = max(1, limitBytes / max(pageBytes, 1))
    let shardCount = min(16, pages)
    shards = (0..<shardCount).map { _ in Shard() }
    slotsPerShard = pages / shardCount
  }

  private func shard(for key: StoredPage) -> Shard {
    // Neighbouring pages should meet in different shards: Fibonacci hashing.
    let mixed = (key.offset ^ UInt64(key.part)) &* 0x9e37_79b9_7f4a_7c15
    return shards[Int((mixed >> 32) % UInt64(shards.count))]
  }

  /// The page, from the cache or else from `decode`, which is called without a lock.
  func page(
    for key: StoredPage, decode: (StoredPage) throws(MemoryFault) -> CachedPage
  ) throws(MemoryFault) -> CachedPage {
    let shard = shard(for: key)
    let cached = shard.state.withLock { state -> CachedPage? in
      guard let slot = state.slotOf[key] else { return nil }
      state.slots[slot].wasUsed = true
      return state.slots[slot].page
    }
    if let cached { return cached }
    let decoded = try decode(key)
    return shard.state.withLock { state in
      if let slot = state.slotOf[key] { return state.slots[slot].page }
      let new = Slot(key: key, page: decoded, wasUsed: false)
      if state.slots.count < slotsPerShard {
        state.slotOf[key] = state.slots.count
        state.slots.append(new)
        return decoded
      }
      while state.slots[state.hand].wasUsed {
        state.slots[state.hand].wasUsed = false
        state.hand = (state.hand + 1) % state.slots.count
      }
      state.slotOf[state.slots[state.hand].key] = nil
      state.slotOf[key] = state.hand
      state.slots[state.hand] = new
      state.hand = (state.hand + 1) % state.slots.count
      return decoded
    }
  }

  /// How many pages are kept now; for tests.
  var pageCount: Int { shards.reduce(0) { sum, shard in sum + shard.state.withLock { $0.slots.count } } }
}
