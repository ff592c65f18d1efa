public import PageTableEditing
public import PageTables

/// The kernel's own state: its page table and what it keeps of it.
public struct Kernel: Sendable {
  /// Writes the kernel page table (`swapper_pg_dir`), the master.
  public let editor: PageTableEditor
  /// Areas of vmalloc, in the order of their addresses.
  public internal(set) var vmallocAreas: [VmallocArea] = []
  /// Raised by every change to the master's top level (ARM: `init_mm.context.vmalloc_seq`).
  public internal(set) var vmallocSequence: UInt64 = 0
  /// All roots that have a copy of the kernel's half, in the order they were made (`pgd_list`).
  var spaces: [AddressSpaceReference] = []

  /// With page-table isolation the user copy of the kernel page table, which the user copies of processes are
  /// made from; else nil.
  public let isolatedRoot: PageTableRoot?

  public var root: PageTableRoot { editor.root }

  init(editor: PageTableEditor, isolatedRoot: PageTableRoot? = nil) {
    self.editor = editor
    self.isolatedRoot = isolatedRoot
  }
}

/// Refers to a space without holding it.
struct AddressSpaceReference: @unchecked Sendable {
  weak var space: AddressSpace?
}

/// A stretch of kernel addresses whose frames need not be adjacent (`vmap_area`).
public struct VmallocArea: Hashable, Sendable {
  public var range: Range<UInt64>
  /// Who asked for it.
  public var owner: String
  /// Frame numbers, in order; an unmapped guard page follows.
  public var frames: [UInt64]
}
