/// A small generator of reproducible numbers: the images must be the same on every machine.
struct SplitMix64 {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A number below `bound`.
  mutating func next(below bound: UInt64) -> UInt64 { next().multipliedFullWidth(by: bound).high }

  /// A number of pages whose magnitude is evenly spread: 2^`bits.lowerBound` to 2^`bits.upperBound`.
  mutating func pages(bits: ClosedRange<UInt64>) -> UInt64 {
    let magnitude = bits.lowerBound + next(below: bits.upperBound - bits.lowerBound)
    return (1 << magnitude) + next(below: 1 << magnitude)
  }
}
