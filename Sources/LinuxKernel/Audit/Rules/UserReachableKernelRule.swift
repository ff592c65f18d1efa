import PageTables

/// A kernel address that user mode may reach.
struct UserReachableKernelRule: AuditRule {
  static let name = AuditRuleName.userReachableKernel

  func suspicion(_ place: AuditPlace, _ survey: AuditSurvey) -> Suspicion? {
    guard place.isKernelHalf, place.access.intersects(.user) else { return nil }
    return Suspicion(
      .high, "user mode may reach this address of the kernel half", unless: explanation(place, survey))
  }

  /// The two pages that are part of an architecture's interface with programs, at addresses that can never
  /// change. Writable they would be no such thing.
  private func explanation(_ place: AuditPlace, _ survey: AuditSurvey) -> String? {
    let isOnePage = place.byteCount == 1 << UInt64(survey.format.pageSizeBits)
    guard isOnePage, !place.access.intersects(.userWrite) else { return nil }
    if survey.format.isX86, place.first.rawValue == 0xffff_ffff_ff60_0000 {
      return "the vsyscall page: time and gettimeofday for old programs (arch/x86/entry/vsyscall)"
    }
    if survey.format.isARM, place.first.rawValue == 0xffff_0000 {
      return "the vectors page: its upper part holds the user helpers (arch/arm/kernel/entry-armv.S)"
    }
    return nil
  }
}

extension PagingFormat {
  /// Whether it is one of x86's; rules that know an architecture ask for it here.
  var isX86: Bool { "\(name)".hasPrefix("x86") }
  /// Whether it is one of 32-bit ARM's.
  var isARM: Bool { "\(name)" == "arm" || "\(name)" == "arm-lpae" }
}
