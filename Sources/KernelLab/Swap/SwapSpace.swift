/// All swap devices, and the pages in memory that are on one, too (the swap cache).
///
/// A page is in the cache from the first swap-in until no entry names its slot any more. Linux keeps it
/// longer while there is plenty of swap space, to save the next write; which page is where does not differ.
public struct SwapSpace: Sendable {
  /// By type; nil: switched off.
  public internal(set) var devices: [SwapDevice?] = []
  /// The frame that holds a slot's page.
  var cache: [SwapSlot: UInt64] = [:]
  /// The same, by frame.
  var slots: [UInt64: SwapSlot] = [:]
  /// Says in a swap entry that nobody else has the page; 0 where the kernel has no such bit.
  let exclusiveMask: UInt64

  init(exclusiveMask: UInt64) { self.exclusiveMask = exclusiveMask }

  /// Slots of all devices, and those in use.
  public var slotCount: UInt64 { devices.reduce(0) { $0 &+ ($1?.slotCount ?? 0) } }
  public var usedCount: Int { devices.reduce(0) { $0 + ($1?.usedCount ?? 0) } }

  var hasRoom: Bool { devices.contains { $0?.hasRoom ?? false } }

  /// Puts a page on the first device that has room.
  mutating func take(_ words: [UInt64], count: Int) -> SwapSlot? {
    for type in devices.indices {
      if let offset = devices[type]?.take(words, count: count) { return SwapSlot(type: type, offset: offset) }
    }
    return nil
  }

  func words(at slot: SwapSlot) -> [UInt64]? {
    devices.indices.contains(slot.type) ? devices[slot.type]?.slots[slot.offset]?.words : nil
  }

  func count(at slot: SwapSlot) -> Int {
    devices.indices.contains(slot.type) ? devices[slot.type]?.slots[slot.offset]?.count ?? 0 : 0
  }
}
