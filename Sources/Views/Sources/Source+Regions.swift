import LinuxKernel
import PageTables
import Synchronization

extension RegionSearch {
  /// What the kernel that was found adds to a search: pointers, symbols, types, VMCOREINFO.
  mutating func add(_ kernel: Kernel) {
    memory = kernel.memory
    pointers = kernel.pointers
    if let lines = kernel.vmcoreinfo?.lines {
      vmcoreinfo = Self.vmcoreinfo(lines.joined(separator: "\n"))
    }
    symbol = { kernel.symbols?.address(of: $0) }
    symbolName = { kernel.symbols?.describe($0) }
    let types = KernelTypes(kernel)
    fieldOffset = { types.offset(of: $0) }
  }
}

/// The kernel's type information, read when a member is first asked for.
private final class KernelTypes: Sendable {
  private let kernel: Kernel
  private let types = Mutex<TypeInformation??>(nil)

  init(_ kernel: Kernel) { self.kernel = kernel }

  func offset(of member: String) -> Int? {
    types.withLock { types in
      if types == nil {
        types = .some(TypeInformation.find(in: kernel.memory, headers: kernel.scan[.btf]).types)
      }
      return (types ?? nil)?.offset(of: member)
    }
  }
}

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
    guard finder != nil else { return nil }
    let kernel = try findKernel()
    guard let master = kernel.master else { return nil }
    var search = RegionSearch(
      format: kernel.format, master: PageTableRoot(master.value), memory: kernel.memory)
    search.add(kernel)
    return search.find()
  }
}
