import PageTables

extension RegionSearch {
  /// The search for the regions of a kernel; nil if its own page table is not known.
  public init?(_ kernel: Kernel) {
    guard let master = kernel.master else { return nil }
    self.init(format: kernel.format, master: PageTableRoot(master.value), memory: kernel.memory)
    add(kernel)
  }

  /// What the kernel that was found adds to a search: pointers, symbols, types, VMCOREINFO.
  public mutating func add(_ kernel: Kernel) {
    memory = kernel.memory
    pointers = kernel.pointers
    if let lines = kernel.vmcoreinfo?.lines {
      vmcoreinfo = Self.vmcoreinfo(lines.joined(separator: "\n"))
    }
    symbol = { kernel.symbols?.address(of: $0) }
    symbolName = { kernel.symbols?.describe($0) }
    fieldOffset = { kernel.types?.offset(of: $0) }
  }
}
