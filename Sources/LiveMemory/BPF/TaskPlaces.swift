public import PageTables

/// What must be known of the kernel to find a process's page tables from its task: the kernel's own types
/// (`/sys/kernel/btf/vmlinux`) tell it.
public struct TaskPlaces: Sendable {
  /// Offset of `task_struct.mm`, in bytes.
  public var memoryDescriptor: Int
  /// Offset of `mm_struct.pgd`, in bytes.
  public var root: Int
  /// The formats that a kernel of this machine may page in.
  public var formats: [PagingFormat]

  public init(memoryDescriptor: Int, root: Int, formats: [PagingFormat]) {
    self.memoryDescriptor = memoryDescriptor
    self.root = root
    self.formats = formats
  }
}
