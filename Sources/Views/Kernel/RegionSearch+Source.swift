public import LinuxKernel
import MemoryImages
import PageTables

extension RegionSearch {
  /// The search for the kernel of `space` in `source`, with what the source itself knows.
  public init(_ space: AddressSpace, in source: Source) {
    self.init(format: space.format, master: space.root, memory: source.kernelMemory)
    if let text = source.image?.vmcoreinfo { vmcoreinfo = Self.vmcoreinfo(text) }
    // The kernel that is known already, unless the user walks from a root of his own choice.
    if let kernel = source.finder?.known { add(kernel) }
  }
}
