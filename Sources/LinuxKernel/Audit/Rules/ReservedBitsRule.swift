import PageTables

/// An entry that the processor would answer with a fault for its reserved bits.
struct ReservedBitsRule: AuditRule {
  static let name = AuditRuleName.reservedBits

  func suspicion(_ stop: StopReason, at owner: Int, _ survey: AuditSurvey) -> Suspicion? {
    switch stop {
    case .reservedBits(let bits):
      Suspicion(.high, "bits that must be zero are set: 0x\(String(bits, radix: 16))")
    case .invalidEntry: Suspicion(.high, "the entry has an encoding that the architecture reserves")
    default: nil
    }
  }
}
