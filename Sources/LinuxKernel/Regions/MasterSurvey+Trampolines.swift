import PageTables

extension MasterSurvey {
  /// Text outside the image and the modules that processors begin with: the code that starts another
  /// processor on x86, below 1 MiB (arch/x86/realmode), and the code at the entry from user mode that
  /// AArch64 maps in the fixmap (arch/arm64/kernel/entry.S). Only place and rights say so.
  func trampolines(in regions: RegionList) -> [KernelRegion] {
    let isX86 = format.hasPrefix("x86")
    let isAArch64 = format.hasPrefix("aarch64")
    guard isX86 || isAArch64 else { return [] }
    var found: [KernelRegion] = []
    for range in mappings {
      guard let mapping = range.mapping, Self.isText(mapping.access) else { continue }
      let region = regions.region(at: range.first)?.name
      let end = mapping.physical.rawValue &+ range.byteCount
      let sentence: String
      if isX86, region == "linear map", end <= 1 << 20 {
        sentence = "executable and not writable, below 1 MiB, where processors start"
      } else if isAArch64, region == "fixmap" {
        sentence = "executable, in the fixmap"
      } else {
        continue
      }
      found.append(
        KernelRegion(
          name: region ?? "", first: range.first, last: range.last, evidence: Evidence(.pageTables, sentence),
          owner: "trampoline"))
    }
    return found
  }
}
