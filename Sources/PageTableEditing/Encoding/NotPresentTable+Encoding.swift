public import PageTables

extension NotPresentTable {
  /// The entry that `state(of:)` reads as `state`, or nil if no rule can write it: a slot or a type that
  /// the fields cannot hold, or a kind that this era does not know.
  public func entry(for state: NotPresentState) -> UInt64? {
    if state.kind == .none { return 0 }
    for index in 0..<rules.count where rules[index].kind == state.kind {
      let entry = rules[index].entry(for: state, offsetBitCount: offsetFieldBits(of: rules[index]))
      // The inverse of a rule is right only if no earlier rule takes the entry for something else, and if
      // nothing was cut off.
      if self.state(of: entry) == state { return entry }
    }
    return nil
  }

  /// How wide the offset's field really is: a rule may read only its lower part (a frame number), but what
  /// is stored inverted is inverted as a whole.
  private func offsetFieldBits(of rule: Rule) -> UInt8 {
    guard rule.offsetIsInverted else { return rule.offsetBitCount }
    return (0..<rules.count).map { rules[$0] }
      .filter {
        $0.offsetIsInverted && $0.offsetLowBit == rule.offsetLowBit && $0.typeLowBit == rule.typeLowBit
          && $0.typeBitCount == rule.typeBitCount
      }
      .map(\.offsetBitCount).max() ?? rule.offsetBitCount
  }
}

extension NotPresentTable.Rule {
  /// The rule's entry with type and offset in their fields; what does not fit is cut.
  fileprivate func entry(for state: NotPresentState, offsetBitCount: UInt8) -> UInt64 {
    let typeMask: UInt64 = typeBitCount >= 64 ? .max : (1 << UInt64(typeBitCount)) - 1
    let offsetMask: UInt64 = offsetBitCount >= 64 ? .max : (1 << UInt64(offsetBitCount)) - 1
    let offset = offsetIsInverted ? ~state.offset : state.offset
    let fields =
      (state.type & typeMask) << UInt64(typeLowBit) | (offset & offsetMask) << UInt64(offsetLowBit)
    return (fields & ~mask) | match
  }
}
