import PageTables

/// What the kernel keeps of its mappings of high memory.
public struct HighMemory: Sendable {
  public internal(set) var permanent: PermanentMappings
  var temporary: TemporaryMappings

  init(_ layout: KernelLayout, _ profile: Profile) {
    let pages = layout.pkmap.isEmpty ? 0 : layout.pkmap.upperBound &- layout.pkmap.lowerBound
    permanent = PermanentMappings(count: Int(pages >> UInt64(profile.format.pageSizeBits)))
    temporary = TemporaryMappings(
      cpuCount: profile.cpuCount,
      slotCount: layout.temporaryMappings.isEmpty ? 0 : profile.temporaryMappingSlotCount)
  }
}
