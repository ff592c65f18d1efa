public import PageTableEditing
public import PageTables

/// The kernel's own state: its page table and what it keeps of it.
public struct Kernel: Sendable {
  /// Writes the kernel page table (`swapper_pg_dir`), the master.
  public var editor: PageTableEditor { master.editor }
  private let master: MasterTable
  /// The addresses of vmalloc, and of modules where they have a range of their own.
  var vmap: VmapSpace
  var modules: VmapSpace?
  /// How many freed pages of vmalloc may wait for one flush (`lazy_max_pages`).
  public var lazyMaxPages: UInt64
  /// Raised by changes to the master's vmalloc entries (ARM: `init_mm.context.vmalloc_seq`).
  public internal(set) var vmallocSequence: UInt64 = 0
  /// All roots that have a copy of the kernel's half, in the order they were made (`pgd_list`).
  var spaces: [AddressSpaceReference] = []
  /// Who has which ASID, where one is for all CPUs.
  var asids: ASIDAllocator
  /// Flushes that a scenario left out, and what they left in TLBs.
  public internal(set) var staleWindows: [StaleWindow] = []
  /// Every flush that is asked for from now on is left out (a missing flush).
  public var missesFlushes = false

  /// With page-table isolation the user copy of the kernel page table, which the user copies of processes are
  /// made from; else nil.
  public let isolatedRoot: PageTableRoot?

  public var root: PageTableRoot { master.root }

  /// Areas of vmalloc and modules that are in use, each kind in the order of their addresses.
  public var vmallocAreas: [VmallocArea] { vmap.areas + (modules?.areas ?? []) }

  init(editor: PageTableEditor, isolatedRoot: PageTableRoot?, layout: KernelLayout, profile: Profile) {
    master = MasterTable(editor: editor)
    self.isolatedRoot = isolatedRoot
    vmap = VmapSpace(range: layout.vmalloc)
    modules = layout.modules == layout.vmalloc ? nil : VmapSpace(range: layout.modules)
    if layout.vmalloc.contains(layout.image.lowerBound), layout.image.upperBound <= layout.vmalloc.upperBound
    {
      let image = VmallocArea(range: layout.image, owner: "kernel image", frames: [], kind: .image)
      vmap.insert(layout.image, image)
    }
    lazyMaxPages = Self.lazyMaxPages(cpuCount: profile.cpuCount, pageSizeBits: profile.format.pageSizeBits)
    asids = ASIDAllocator(tagBits: profile.tlb.tagBits)
  }

  /// 32 MiB for each bit of the number of CPUs (`lazy_max_pages()`, `mm/vmalloc.c`, 2.6.28 to 6.12).
  static func lazyMaxPages(cpuCount: Int, pageSizeBits: UInt8) -> UInt64 {
    let bits = UInt64(Int.bitWidth - cpuCount.leadingZeroBitCount)
    return bits * ((32 << 20) >> UInt64(pageSizeBits))
  }

  /// The area in use that holds `address`.
  public func vmallocArea(at address: UInt64) -> VmallocArea? {
    vmap.area(at: address) ?? modules?.area(at: address)
  }

  /// Addresses of vmalloc that were freed, and that no purge has flushed yet.
  public func isLazilyFreed(_ address: UInt64) -> Bool {
    vmap.isLazilyFreed(address) || (modules?.isLazilyFreed(address) ?? false)
  }
}

/// A space on the list of all; it leaves the list when its top table is freed. Held, not weak: a weak reference
/// makes every use of the space slow.
struct AddressSpaceReference: @unchecked Sendable {
  var space: AddressSpace?
}
