/// What an AArch64 CPU must be told to translate at EL1 and EL0.
public struct AArch64Paging: Sendable {
  /// The lower half's root, as TTBR0_EL1 holds it.
  public var ttbr0: UInt64
  /// The upper half's root, as TTBR1_EL1 holds it.
  public var ttbr1: UInt64
  /// TCR_EL1 (Arm ARM, D19.2.139): sizes, granules, output size, and the features that change entries.
  public var tcr: UInt64
  /// MAIR_EL1; of no consequence for addresses and rights.
  public var mair: UInt64

  public init(ttbr0: UInt64, ttbr1: UInt64, tcr: UInt64, mair: UInt64 = 0xff) {
    self.ttbr0 = ttbr0
    self.ttbr1 = ttbr1
    self.tcr = tcr
    self.mair = mair
  }

  /// These tables in one half; in the other a window of 4 MiB on `scratch`, by 4 KiB granule and 39 bits,
  /// whose root is at `windowRoot`.
  func withWindow(inUpperHalf: Bool, root windowRoot: UInt64) -> AArch64Paging {
    var paging = self
    if inUpperHalf {
      // T1SZ, A1, EPD1, TG1, TBI1, HPD1, TBID1, E0PD1 give way to 25 and 4 KiB.
      paging.tcr.clear([16..<24, 30..<32, 38..<39, 42..<43, 52..<53, 56..<57])
      paging.tcr |= 0x8019_0000
      paging.ttbr1 = windowRoot
    } else {
      // T0SZ, EPD0, TG0, TBI0, HPD0, TBID0, E0PD0 give way to 25 and 4 KiB.
      paging.tcr.clear([0..<6, 7..<8, 14..<16, 37..<38, 41..<42, 51..<52, 55..<56])
      paging.tcr |= 0x19
      paging.ttbr0 = windowRoot
    }
    return paging
  }
}

extension UInt64 {
  /// Clears bit fields.
  fileprivate mutating func clear(_ fields: [Range<UInt64>]) {
    for bit in fields.joined() { self &= ~(1 << bit) }
  }
}
