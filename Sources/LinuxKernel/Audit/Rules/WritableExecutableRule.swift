import PageTables

/// Memory that is written as data can be run as code: what no sound kernel does to itself, and what a program
/// should ask for only while it compiles.
struct WritableExecutableRule: AuditRule {
  static let name = AuditRuleName.writableExecutable

  func suspicion(_ place: AuditPlace, _ survey: AuditSurvey) -> Suspicion? {
    let access = place.access
    if access.contains([.userWrite, .userExecute]) {
      return Suspicion(
        place.isKernelHalf ? .high : .low, "user mode may write this memory and execute it",
        unless: place.isKernelHalf ? nil : userExplanation(place, survey))
    }
    guard place.isKernelHalf || !access.intersects(.user), access.contains([.kernelWrite, .kernelExecute])
    else { return nil }
    let isIdentity = !place.isKernelHalf && place.first.rawValue == place.mapping.physical.rawValue
    return Suspicion(
      .high, "the kernel may write this memory and execute it",
      unless: !survey.canForbidExecution
        ? Self.noBit
        : survey.isCandidate(place) && (isIdentity || place.isLinear && survey.isStarter(place.owner))
          ? "an identity mapping in a root that no process has: the code that switches the MMU on or off, or a "
            + "processor's start, runs there" : nil)
  }

  private static let noBit =
    "the format has no bit that forbids execution (x86 without PAE): whatever is mapped can be executed"

  /// Programs without a PT_GNU_STACK header run with READ_IMPLIES_EXEC on 32-bit architectures (fs/binfmt_elf.c,
  /// arch/x86/include/asm/elf.h): all that they may write they may execute.
  private func userExplanation(_ place: AuditPlace, _ survey: AuditSurvey) -> String? {
    guard survey.canForbidExecution else { return Self.noBit }
    guard survey.executesAllData(place.owner) else { return nil }
    return "all that this process may write it may also execute: the program runs with READ_IMPLIES_EXEC, as "
      + "32-bit programs without a PT_GNU_STACK header do"
  }
}
