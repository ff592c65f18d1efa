import PageTables

/// A range that vmalloc has given out: a `vmap_area`, and the `vm_struct` that it points to.
struct VmallocArea: Hashable, Sendable {
  var first: UInt64
  /// The address after the last; the guard page is within.
  var end: UInt64
  /// `vm_struct.flags`; nil if there is no `vm_struct`.
  var flags: UInt64?
  var pageCount: UInt64 = 0
  /// The physical address that an ioremap was asked for; 0 for none.
  var physical: UInt64 = 0
  /// The address in the kernel's text that asked for it; 0 if it is not known.
  var caller: UInt64 = 0
  var evidence: Evidence

  /// What vmallocinfo calls it (mm/vmalloc.c, include/linux/vmalloc.h: these bits have not moved since 3.x).
  private var kind: String {
    guard let flags else { return "vm_map_ram, or to be freed" }
    let names: [(UInt64, String)] = [
      (0x1, "ioremap"), (0x2, "vmalloc"), (0x4, "vmap"), (0x8, "user"), (0x10, "dma-coherent"),
      (0x1000, "sparse"),
    ]
    let set = names.filter { flags & $0.0 != 0 }.map(\.1)
    return set.isEmpty ? "reserved" : set.joined(separator: " ")
  }

  /// The area as a region, named after the region of the layout that it lies in.
  ///
  /// - Parameters:
  ///   - symbolName: the function of an address of the kernel's text.
  ///   - modules: where modules lie; a caller in one is named after it.
  func region(
    symbolName: (UInt64) -> String?, regions: RegionList, modules: RegionList
  ) -> KernelRegion {
    var detail = kind
    if pageCount > 0 { detail += ", \(pageCount) page\(pageCount == 1 ? "" : "s")" }
    if physical != 0 || flags.map({ $0 & 1 != 0 }) == true {
      detail += " of physical 0x\(String(physical, radix: 16))"
    }
    let owner =
      caller == 0
      ? nil : symbolName(caller) ?? modules.place(of: caller) ?? "caller 0x\(String(caller, radix: 16))"
    return KernelRegion(
      name: regions.region(at: VirtualAddress(first))?.name ?? "vmalloc", first: VirtualAddress(first),
      last: VirtualAddress(end - 1), evidence: evidence, owner: owner, detail: detail)
  }
}

extension RegionList {
  /// An address by its distance from the beginning of the module that holds it: `zram+0x1b28`.
  fileprivate func place(of address: UInt64) -> String? {
    guard let module = region(at: VirtualAddress(address)), let name = module.owner else { return nil }
    return "\(name)+0x\(String(address - module.first.rawValue, radix: 16))"
  }
}
