import PageTables

extension KernelLayout {
  /// The layout of a profile's machine: its rule, given its RAM.
  ///
  /// - Throws: `badRAM` if the kernel has no way to reach all of it.
  public init(_ profile: Profile) throws(BootError) {
    switch profile.layoutRule {
    case .fixed(let layout):
      self = layout
      let end = profile.pageOffset.addingReportingOverflow(profile.ramByteCount)
      let next =
        [vmalloc.lowerBound, profile.image.virtualStart ?? .max]
        .filter { $0 > profile.pageOffset }.min() ?? .max
      guard !end.overflow, end.partialValue <= next else {
        throw .badRAM(
          byteCount: profile.ramByteCount,
          reason: "\(profile.name) maps \((next &- profile.pageOffset) >> 20) MiB at most")
      }
      linear = profile.pageOffset..<end.partialValue
      physicalOffset = profile.ramBase
    case .i386(let rule): self = try KernelLayout(profile, i386: rule)
    case .arm(let rule): self = try KernelLayout(profile, arm: rule)
    }
    let imageStart = profile.image.virtualStart ?? linear.lowerBound &+ profile.image.offset
    image = imageStart..<imageStart &+ profile.image.byteCount
  }

  /// 32-bit x86. The order of the ranges is that of `mem_init`'s boot message (until 5.6).
  private init(_ profile: Profile, i386 rule: I386Layout) throws(BootError) {
    let linear = try Self.linear(
      profile, limit: rule.linearLimit(pageOffset: profile.pageOffset), hasHighMemory: rule.hasHighMemory)
    let start = rule.vmallocStart(highMemory: linear.upperBound)
    guard start < rule.vmallocEnd else {
      throw .badProfile(name: profile.name, reason: "nothing is left for vmalloc")
    }
    let top = I386Layout.fixmapTop
    self.init(
      linear: linear, physicalOffset: profile.ramBase, vmalloc: start..<rule.vmallocEnd, pkmap: rule.pkmap,
      fixmap: rule.fixmapStart..<top,
      temporaryMappings: rule.hasHighMemory
        ? try Self.slots(profile, top: top, index: rule.temporaryMappingIndex, after: rule.fixmapStart)
        : 0..<0,
      cpuEntryArea: rule.entryArea, localTable: rule.localTable)
  }

  private init(_ profile: Profile, arm rule: ARMLayout) throws(BootError) {
    let linear = try Self.linear(
      profile, limit: rule.linearLimit(pageOffset: profile.pageOffset), hasHighMemory: rule.hasHighMemory)
    let start = rule.vmallocStart(highMemory: linear.upperBound)
    guard start < rule.vmallocEnd else {
      throw .badProfile(name: profile.name, reason: "nothing is left for vmalloc")
    }
    let base = profile.pageOffset
    let pkmapStart = rule.hasHighMemory ? base &- ARMLayout.pkmapByteCount : base
    self.init(
      linear: linear, physicalOffset: profile.ramBase, vmalloc: start..<rule.vmallocEnd,
      modules: base &- ARMLayout.modulesByteCount..<pkmapStart,
      pkmap: rule.hasHighMemory ? pkmapStart..<base : 0..<0, fixmap: rule.fixmap,
      temporaryMappings: rule.hasHighMemory
        ? try Self.slots(
          profile, top: rule.fixmap.upperBound &- 4096, index: rule.temporaryMappingIndex,
          after: rule.fixmap.lowerBound)
        : 0..<0,
      vectors: ARMLayout.vectors)
  }

  private static func linear(
    _ profile: Profile, limit: UInt64, hasHighMemory: Bool
  ) throws(BootError) -> Range<UInt64> {
    guard limit <= 0xffff_ffff else {
      throw .badProfile(name: profile.name, reason: "its places leave no room for a linear map")
    }
    if !hasHighMemory, profile.ramByteCount > limit {
      throw .badRAM(
        byteCount: profile.ramByteCount,
        reason: "\(profile.name) has no high memory and maps \(limit >> 20) MiB at most")
    }
    let byteCount = min(profile.ramByteCount, limit)
    return profile.pageOffset..<profile.pageOffset &+ byteCount
  }

  /// The pages of the temporary mappings: KM_MAX_IDX for each processor, downwards from the fixmap's entry
  /// `index`, whose first byte is `index` pages below that of entry 0 (`__fix_to_virt`).
  private static func slots(
    _ profile: Profile, top: UInt64, index: UInt64, after start: UInt64
  ) throws(BootError) -> Range<UInt64> {
    let count = UInt64(profile.temporaryMappingSlotCount &* max(0, profile.cpuCount))
    guard index < 1 << 20, count < 1 << 20, start < top, top &- start >= (index &+ count) << 12 else {
      throw .badProfile(
        name: profile.name,
        reason: "the fixmap has no room for the temporary mappings of \(profile.cpuCount) processors")
    }
    let end = top &- index << 12 &+ 4096
    return end &- count << 12..<end
  }

  /// The zones of RAM: the first 16 MiB of a PC, what is mapped linearly, and the rest.
  func zones(_ profile: Profile) -> [Zone] {
    let bits = UInt64(profile.format.pageSizeBits)
    let all = Int(profile.ramByteCount >> bits)
    let mapped = min(all, Int((linear.upperBound &- linear.lowerBound) >> bits))
    var zones: [Zone] = []
    let low = profile.architecture == .x86 ? min(mapped, Int((16 << 20) >> bits)) : 0
    if low > 0 { zones.append(Zone(.dma, frames: 0..<low)) }
    zones.append(Zone(.normal, frames: low..<mapped))
    if mapped < all { zones.append(Zone(.highMemory, frames: mapped..<all)) }
    return zones
  }
}
