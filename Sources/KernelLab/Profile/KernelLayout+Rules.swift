import PageTables

extension KernelLayout {
  /// The layout of a profile's machine: its rule, given its RAM.
  init(_ profile: Profile) throws(BootError) {
    switch profile.layoutRule {
    case .fixed(let layout): self = layout
    case .i386, .arm:
      throw .badProfile(name: profile.name, reason: "its layout rule is not written yet")
    }
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
