import PageTables

/// A frame that the kernel executes, in a program's address space.
struct UserMapsKernelRule: AuditRule {
  static let name = AuditRuleName.userMapsKernel

  func suspicion(_ place: AuditPlace, _ survey: AuditSurvey) -> Suspicion? {
    guard !place.isKernelHalf, place.access.intersects(.user), place.marks?.contains(.kernelText) ?? false
    else { return nil }
    let isWritable = place.access.contains(.userWrite)
    return Suspicion(
      .high, isWritable ? "user mode may write the kernel's code" : "user mode may read the kernel's code",
      unless: isWritable || survey.canForbidExecution ? nil : explanation(place, survey))
  }

  /// Where nothing forbids execution, the kernel's constants look like code, and the vDSO is among them.
  private func explanation(_ place: AuditPlace, _ survey: AuditSurvey) -> String? {
    survey.isObject(at: place.mapping.physical)
      ? "the vDSO: a shared object in the kernel's read-only data, which the format cannot mark as no code"
      : nil
  }
}
