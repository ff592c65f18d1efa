import PageTables

/// An entry that points where there is no RAM: a device, a stale entry, or a forged one.
struct OutsideRAMRule: AuditRule {
  static let name = AuditRuleName.outsideRAM

  func suspicion(_ place: AuditPlace, _ survey: AuditSurvey) -> Suspicion? {
    guard place.marks == nil, survey.isOutsideRAM(place) else { return nil }
    return Suspicion(
      place.access.intersects(.user) || place.access.contains(.kernelExecute) ? .medium : .low,
      "the entry points outside RAM", unless: explanation(place, survey))
  }

  private func explanation(_ place: AuditPlace, _ survey: AuditSurvey) -> String? {
    let layout = survey.layout
    let type = survey.format.memoryType(of: place.mapping)
    let isDevice = !layout.memoryTypes.isEmpty && !layout.memoryTypes.contains(type)
    if isDevice {
      let bits = type.isEmpty ? "no memory-type bit" : type.joined(separator: " ")
      return "a device: mapped with another memory type (\(bits)) than RAM"
    }
    let isIdentity = place.first.rawValue == place.mapping.physical.rawValue
    if place.isLinear || isIdentity && survey.isCandidate(place), survey.format.isX86,
      place.last.rawValue &- place.first.rawValue < 1 << 20,
      place.mapping.physical.rawValue < 1 << 20
    {
      return "the first MiB: x86 maps all of it, with the holes for video memory and firmware"
    }
    if place.isLinear, place.overhangs, place.mapping.pageSizeBits > survey.format.pageSizeBits {
      return "a large page of the linear map reaches beyond the end of RAM"
    }
    if place.access.intersects(.user), !place.access.intersects(.execute),
      survey.format.hasFlag("special", in: place.mapping)
    {
      return
        "a device that its driver maps into the program: the entry is marked special, as pages without a "
        + "place in the kernel's list of frames are"
    }
    guard place.isKernelHalf, !place.isLinear, !place.access.intersects(.user) else { return nil }
    guard !place.access.contains(.kernelExecute) || !survey.canForbidExecution else { return nil }
    return "the kernel's own mapping of a device or of firmware tables: not in the linear map, not executable"
  }

  func suspicion(_ stop: StopReason, at owner: Int, _ survey: AuditSurvey) -> Suspicion? {
    guard case .unreadable(.outsideRAM) = stop else { return nil }
    return Suspicion(.high, "a table lies outside RAM")
  }
}
