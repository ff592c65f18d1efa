/// SplitMix64: the same numbers in every run.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

/// `count` bytes that tell their place: page `seed` differs from every other, and within a page no two words
/// repeat.
public func pattern(_ seed: UInt64, count: Int = 4096) -> [UInt8] {
  var out = ByteWriter()
  for word in 0..<UInt64((count + 7) / 8) { out.put(seed << 32 | word) }
  return Array(out.bytes.prefix(count))
}
