/// Random numbers that are the same for the same seed everywhere (SplitMix64; Steele, Lea and Flood, 2014).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }

  /// True with the given probability.
  mutating func happens(_ probability: Double) -> Bool {
    Double(next() >> 11) / Double(UInt64(1) << 53) < probability
  }

  /// One of some values; there is at least one.
  mutating func one<Value>(of values: [Value]) -> Value {
    values[Int(truncatingIfNeeded: next() % UInt64(values.count))]
  }

  /// A number below `end`, which is not 0.
  mutating func number(below end: UInt64) -> UInt64 { next() % end }
}
