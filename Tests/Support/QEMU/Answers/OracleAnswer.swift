/// One virtual address, as the memory management unit sees it.
public struct OracleAnswer: Equatable, Sendable {
  public var outcome: OracleOutcome
  public var access: OracleAccess

  public init(outcome: OracleOutcome, access: OracleAccess) {
    self.outcome = outcome
    self.access = access
  }

  /// Where the address points, if it is mapped and the unit tells.
  public var physicalAddress: UInt64? {
    if case .mapped(let physicalAddress) = outcome { physicalAddress } else { nil }
  }
}
