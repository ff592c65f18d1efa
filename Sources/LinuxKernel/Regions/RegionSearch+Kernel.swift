import PageTables
import Synchronization

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
