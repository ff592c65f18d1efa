/// A device that holds pages which are not in memory (`swap_info_struct`).
///
/// Host memory is used for the pages that it holds, not for its size; pages of zeros take none.
public struct SwapDevice: Sendable {
  /// What a slot holds, and who counts on it.
  struct Slot: Sendable {
    /// Entries of page tables and pages of shared memory that name it (`swap_map`).
    var count: Int
    /// The page in words of 8 bytes, little-endian; empty: zeros.
    var words: [UInt64]
  }

  public let name: String
  /// Slots that can be used. The first page of a device is its header.
  public let slotCount: UInt64
  private(set) var slots: [UInt64: Slot] = [:]
  /// Given back, the last one on top; and the lowest that was never given.
  private var returned: [UInt64] = []
  private var next: UInt64 = 1
  /// It is being switched off: nothing new goes there.
  var isClosing = false

  init(name: String, slotCount: UInt64) {
    self.name = name
    self.slotCount = slotCount
  }

  public var usedCount: Int { slots.count }

  /// A slot for a page, counted `count` times; nil if all are in use.
  mutating func take(_ words: [UInt64], count: Int) -> UInt64? {
    guard !isClosing else { return nil }
    // One that was chosen by number may stand in the list, too.
    while let last = returned.last, slots[last] != nil { returned.removeLast() }
    let offset: UInt64
    if let last = returned.popLast() {
      offset = last
    } else {
      while slots[next] != nil { next += 1 }
      guard next <= slotCount else { return nil }
      offset = next
      next += 1
    }
    slots[offset] = Slot(count: count, words: words)
    return offset
  }

  /// A slot that the caller chooses; false if the device has no such slot, or gave it before.
  mutating func take(at offset: UInt64, _ words: [UInt64], count: Int) -> Bool {
    guard !isClosing, offset >= next, offset <= slotCount, slots[offset] == nil else { return false }
    slots[offset] = Slot(count: count, words: words)
    return true
  }

  var hasRoom: Bool { !isClosing && UInt64(slots.count) < slotCount }

  /// Counts `change` more; a slot that nobody counts on is free. False if the slot is not in use.
  @discardableResult
  mutating func count(_ change: Int, at offset: UInt64) -> Bool {
    guard let slot = slots[offset] else { return false }
    if slot.count + change > 0 {
      slots[offset]?.count += change
    } else {
      slots[offset] = nil
      returned.append(offset)
    }
    return true
  }

  /// Makes a part of a held page zero.
  mutating func clear(_ bytes: Range<Int>, at offset: UInt64) {
    slots[offset]?.words.clear(bytes)
  }
}

extension [UInt64] {
  /// Makes a part of a page zero that is held in words, little-endian.
  mutating func clear(_ bytes: Range<Int>) {
    for place in bytes.clamped(to: 0..<count * 8) { self[place / 8] &= ~(0xff << UInt64(place % 8 * 8)) }
  }
}
