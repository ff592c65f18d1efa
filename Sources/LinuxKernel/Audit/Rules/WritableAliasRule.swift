import PageTables

/// The same frame executable at one address and writable at another: whoever can write there changes the code
/// here.
///
/// The linear map's mapping of user pages is left out: it maps all RAM writable on every architecture.
struct WritableAliasRule: AuditRule {
  static let name = AuditRuleName.writableAlias

  func suspicion(_ place: AuditPlace, _ survey: AuditSurvey) -> Suspicion? {
    guard let marks = place.marks, !place.access.intersects(.write) else { return nil }
    if place.isKernelHalf, place.access.contains(.kernelExecute), marks.contains(.kernelText) {
      return kernelSuspicion(place, marks, survey)
    }
    guard !place.isKernelHalf, place.access.contains(.userExecute), survey.canForbidExecution else {
      return nil
    }
    if marks.contains(.userWrite) {
      return Suspicion(
        .medium, "a program's code is writable for user mode at another address",
        unless: survey.executesAllData(place.owner)
          ? "all that this process may read it may also execute (READ_IMPLIES_EXEC): that need not be code"
          : nil)
    }
    if marks.contains(.otherWrite) {
      return Suspicion(
        .low, "a program's code is writable for the kernel outside the linear map",
        unless: survey.layout.isHighMemory(place.mapping.physical)
          ? "high memory has no place in the linear map: the kernel reaches it through temporary windows (kmap)"
          : nil)
    }
    if survey.isBesideDeviceTree(place) {
      return Suspicion(
        .low, "a program's code is writable for the kernel outside the linear map",
        unless: "the kernel maps its device tree in large pages, and this memory lies in one of them")
    }
    if marks.contains(.imageWrite) {
      return Suspicion(
        .low, "a program's code is writable for the kernel in the image's mapping",
        unless:
          "memory of the kernel's image that was given back after boot (init code and data): the image's "
          + "mapping of it remains, not executable, as the linear map's does")
    }
    return nil
  }

  private func kernelSuspicion(
    _ place: AuditPlace, _ marks: FrameMarks, _ survey: AuditSurvey
  ) -> Suspicion? {
    if marks.contains(.userWrite) {
      return Suspicion(.high, "the kernel's code is writable for user mode at another address")
    }
    if marks.contains(.otherWrite) || marks.contains(.imageWrite) {
      return Suspicion(.high, "the kernel's code is writable at another address, outside the linear map")
    }
    guard marks.contains(.linearWrite) else { return nil }
    return Suspicion(
      .medium, "the kernel's code is writable through the linear map",
      unless: survey.linearProtection.explanation(of: place, survey))
  }
}
