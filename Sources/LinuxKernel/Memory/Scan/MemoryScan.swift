public import PageTables

/// What one pass over all RAM saw: places to look closer at. Nothing here is trusted yet.
public struct MemoryScan: Sendable {
  /// For words that equal the word after them (an empty `list_head` points at itself twice): how often each
  /// distance between the word and its physical address occurs, where it is a multiple of 64 KiB.
  public private(set) var selfPointers64: [UInt64: Int] = [:]
  public private(set) var selfPointers32: [UInt64: Int] = [:]
  private var places: [Landmark: [PhysicalAddress]] = [:]
  /// How many bytes were to be looked at, and how many of them could not be read.
  public private(set) var byteCount: UInt64 = 0
  public private(set) var unreadableByteCount: UInt64 = 0

  public init() {}

  /// Where the landmark was seen, in ascending order; at most 4096 places.
  public subscript(landmark: Landmark) -> [PhysicalAddress] { places[landmark] ?? [] }

  // Memory made to look full of landmarks must not fill ours: what is beyond these numbers is not kept.
  private static let placeLimit = 4096
  private static let distanceLimit = 1 << 16

  mutating func countSelfPointer64(_ distance: UInt64) { Self.count(distance, 1, in: &selfPointers64) }
  mutating func countSelfPointer32(_ distance: UInt64) { Self.count(distance, 1, in: &selfPointers32) }

  /// So many words point at themselves at that distance: as somebody says, who may say anything.
  mutating func add(selfPointers64 count: Int, at distance: UInt64) {
    Self.count(distance, min(max(count, 0), 1 << 40), in: &selfPointers64)
  }

  mutating func add(selfPointers32 count: Int, at distance: UInt64) {
    Self.count(distance & 0xffff_ffff, min(max(count, 0), 1 << 40), in: &selfPointers32)
  }

  private static func count(_ distance: UInt64, _ count: Int, in votes: inout [UInt64: Int]) {
    guard votes.count < distanceLimit || votes[distance] != nil else { return }
    votes[distance, default: 0] += count
  }

  mutating func add(_ landmark: Landmark, at address: PhysicalAddress) {
    guard places[landmark, default: []].count < Self.placeLimit else { return }
    places[landmark, default: []].append(address)
  }

  mutating func set(_ landmark: Landmark, _ addresses: [PhysicalAddress]) { places[landmark] = addresses }

  mutating func countBytes(_ count: UInt64, unreadable: UInt64) {
    byteCount += count
    unreadableByteCount += unreadable
  }

  /// Counts a distance of the direct map that is known as if it had been seen most often.
  mutating func know(directMapOffset: UInt64) {
    selfPointers64[directMapOffset, default: 0] += 1 << 40
    selfPointers32[directMapOffset & 0xffff_ffff, default: 0] += 1 << 40
  }

  /// Without places that are not in `memory`, which nobody saw there.
  func inside(_ memory: KernelMemory) -> MemoryScan {
    var scan = self
    scan.places = places.mapValues { $0.filter(memory.contains) }
    return scan
  }

  /// Takes over what was seen elsewhere.
  mutating func merge(_ other: MemoryScan) {
    for (distance, count) in other.selfPointers64 { Self.count(distance, count, in: &selfPointers64) }
    for (distance, count) in other.selfPointers32 { Self.count(distance, count, in: &selfPointers32) }
    for (landmark, addresses) in other.places {
      places[landmark] = Array((self[landmark] + addresses).sorted().prefix(Self.placeLimit))
    }
    countBytes(other.byteCount, unreadable: other.unreadableByteCount)
  }
}
