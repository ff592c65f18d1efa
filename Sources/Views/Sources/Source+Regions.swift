import LinuxKernel
import PageTables

extension KernelRegionMap {
  /// What lies in a range, for a person: `vmalloc: zram_add+0x10/0x20 [zram], 8 MiB`.
  func sentence(from first: VirtualAddress, through last: VirtualAddress) -> String? {
    guard let region = regions.region(at: first) else { return nil }
    var owners: [String] = []
    for area in areas[areas.index(notBefore: first)...] {
      guard area.first <= last else { break }
      let size = sizeText(area.last.rawValue - area.first.rawValue + 1)
      owners.append("\(area.owner ?? area.name) (\(size) from \(hexadecimal(area.first.rawValue)))")
      if owners.count == 4 {
        owners.append("...")
        break
      }
    }
    return region.name + (owners.isEmpty ? "" : ": " + owners.joined(separator: "; "))
  }
}

extension Source {
  /// The kernel's regions, where the kernel can be found.
  func kernelRegions() throws(SourceError) -> KernelRegionMap? {
    if let told { return told.regions(in: self) }
    guard finder != nil else { return nil }
    let kernel = try findKernel()
    return RegionSearch(kernel)?.find()
  }
}
