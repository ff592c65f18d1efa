public import PageTables

/// Physical memory without end whose content is noise: every word is a hash of its address.
public struct GarbageMemory: PhysicalMemory, Sendable {
  public let seed: UInt64
  /// Set in every word; 1 or 3 makes the noise look like entries of many formats.
  public let setBits: UInt64
  /// What of the noise is kept.
  public let keptBits: UInt64

  public init(seed: UInt64, setBits: UInt64 = 0, keptBits: UInt64 = .max) {
    self.seed = seed
    self.setBits = setBits
    self.keptBits = keptBits
  }

  public borrowing func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    guard count > 0, count <= 1 << 20 else { throw .unreadable }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    var word: UInt64?
    var noise: UInt64 = 0
    for index in 0..<UInt64(count) {
      let byte = address.rawValue &+ index
      // Four bytes at a time, so that entries of both sizes see the set bits.
      if word != byte >> 2 {
        word = byte >> 2
        var generator = SeededGenerator(seed: seed ^ (byte >> 2))
        noise = generator.next() & keptBits | setBits
      }
      bytes.append(UInt8(truncatingIfNeeded: noise >> (8 * (byte & 3))))
    }
    return body(bytes.span.bytes)
  }
}
