import PageTables

/// A page table that the kernel can write outside the linear map, which always maps tables writable.
struct WritableTableRule: AuditRule {
  static let name = AuditRuleName.writableTable

  func suspicion(_ place: AuditPlace, _ survey: AuditSurvey) -> Suspicion? {
    guard !place.access.intersects(.user), place.access.contains(.kernelWrite), !place.isLinear,
      place.marks?.contains(.table) ?? false
    else { return nil }
    return Suspicion(
      .medium, "the kernel may write a page table outside the linear map", unless: explanation(place, survey))
  }

  private func explanation(_ place: AuditPlace, _ survey: AuditSurvey) -> String? {
    if place.isKernelHalf, place.isImage {
      return "a table of the kernel's boot, part of the image's own data"
    }
    if place.isKernelHalf, survey.layout.isHighMemory(place.mapping.physical) {
      return "a table in high memory, which the kernel reaches through a temporary window (kmap)"
    }
    if place.isKernelHalf, !place.access.contains(.kernelExecute), survey.holdsDeviceTree(place.mapping) {
      return "a large page that maps the device tree for the boot (FIX_FDT), and the RAM around it"
    }
    if !place.isKernelHalf, survey.isCandidate(place),
      place.first.rawValue == place.mapping.physical.rawValue
    {
      return "an identity mapping of RAM, in a root that no process has"
    }
    return nil
  }
}
