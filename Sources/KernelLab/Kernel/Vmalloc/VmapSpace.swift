/// The addresses of vmalloc, or of modules: who has them, and where the next area goes (`mm/vmalloc.c`).
///
/// The lowest place that is large enough is taken, as Linux does. Areas that were freed keep their addresses
/// until a purge has flushed the TLBs.
struct VmapSpace: Sendable {
  struct Slot: Sendable {
    /// With the guard page.
    var range: Range<UInt64>
    /// Nil: freed, but TLBs may still have it.
    var area: VmallocArea?
  }

  let range: Range<UInt64>
  /// In the order of their addresses.
  private(set) var slots: [Slot] = []
  /// Pages, guards included, that wait for a purge (`vmap_lazy_nr`).
  private(set) var lazyPages: UInt64 = 0
  /// Below this address no hole is larger than `largestHoleBelow`.
  private var cachedStart: UInt64
  private var largestHoleBelow: UInt64 = 0

  init(range: Range<UInt64>) {
    self.range = range
    cachedStart = range.lowerBound
  }

  var areas: [VmallocArea] { slots.compactMap(\.area) }

  /// The place among the slots of the first that ends above `address`.
  private func place(of address: UInt64) -> Int {
    var low = 0
    var high = slots.count
    while low < high {
      let middle = (low + high) / 2
      if slots[middle].range.upperBound <= address { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The area that holds `address`.
  func area(at address: UInt64) -> VmallocArea? {
    let place = place(of: address)
    guard place < slots.count, let area = slots[place].area, area.range.contains(address) else { return nil }
    return area
  }

  /// Freed addresses that TLBs may still translate.
  func isLazilyFreed(_ address: UInt64) -> Bool {
    let place = place(of: address)
    return place < slots.count && slots[place].area == nil && slots[place].range.contains(address)
  }

  /// The lowest free range of `byteCount` bytes that begins at a multiple of `alignment`.
  mutating func findHole(byteCount: UInt64, alignment: UInt64) -> Range<UInt64>? {
    guard byteCount > 0, byteCount <= range.upperBound &- range.lowerBound else { return nil }
    var address = range.lowerBound
    var largest: UInt64 = 0
    if byteCount > largestHoleBelow {
      address = cachedStart
      largest = largestHoleBelow
    }
    var next = place(of: address)
    while true {
      let end = next < slots.count ? slots[next].range.lowerBound : range.upperBound
      let start = (address &+ (alignment &- 1)) & ~(alignment &- 1)
      if start >= address, start <= end, end &- start >= byteCount {
        cachedStart = address
        largestHoleBelow = largest
        return start..<start &+ byteCount
      }
      guard next < slots.count else { return nil }
      if end > address { largest = max(largest, end &- address) }
      address = slots[next].range.upperBound
      next += 1
    }
  }

  /// - Precondition: `range` was found free.
  mutating func insert(_ range: Range<UInt64>, _ area: VmallocArea) {
    slots.insert(Slot(range: range, area: area), at: place(of: range.lowerBound))
  }

  mutating func setArea(_ area: VmallocArea) {
    let place = place(of: area.range.lowerBound)
    if place < slots.count, slots[place].area != nil { slots[place].area = area }
  }

  /// Gives an area's addresses back at once: it was never mapped.
  mutating func remove(at address: UInt64) {
    let place = place(of: address)
    guard place < slots.count, slots[place].range.contains(address) else { return }
    forget(slots[place].range)
    slots.remove(at: place)
  }

  /// Frees an area, but not yet its addresses.
  mutating func freeLazily(at address: UInt64, pageSizeBits: UInt64) {
    let place = place(of: address)
    guard place < slots.count, slots[place].area != nil else { return }
    slots[place].area = nil
    lazyPages &+= (slots[place].range.upperBound &- slots[place].range.lowerBound) >> pageSizeBits
  }

  /// Makes the freed addresses available, and gives the range that holds them all.
  mutating func purge() -> Range<UInt64>? {
    var span: Range<UInt64>?
    for slot in slots where slot.area == nil {
      span = min(span?.lowerBound ?? .max, slot.range.lowerBound)..<slot.range.upperBound
    }
    guard let span else { return nil }
    slots.removeAll { $0.area == nil }
    lazyPages = 0
    forget(span)
    return span
  }

  private mutating func forget(_ range: Range<UInt64>) {
    if range.lowerBound < cachedStart {
      cachedStart = self.range.lowerBound
      largestHoleBelow = 0
    }
  }
}
