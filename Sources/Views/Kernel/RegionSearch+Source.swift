public import LinuxKernel
import LiveMemory
import MemoryImages
import PageTables

extension Source {
  /// The kernel's regions in `space`: told by the source, or searched for.
  public func regions(of space: AddressSpace, searchesRAM: Bool = false) -> KernelRegionMap {
    if let told, space.root == kernel?.root, let map = told.regions(in: self) { return map }
    var search = RegionSearch(space, in: self)
    search.searchesRAM = searchesRAM
    return search.find()
  }
}

extension RegionSearch {
  /// The search for the kernel of `space` in `source`, with what the source itself knows.
  public init(_ space: AddressSpace, in source: Source) {
    self.init(format: space.format, master: space.root, memory: source.kernelMemory)
    if let text = source.image?.vmcoreinfo ?? source.live?.vmcoreinfo { vmcoreinfo = Self.vmcoreinfo(text) }
    // The kernel that is known already, unless the user walks from a root of his own choice.
    if let kernel = source.finder?.known { add(kernel) }
  }
}
