/// One lock of the memory manager.
///
/// The order in which they are taken, outermost first, is that of the cases of ``Kind``.
///
/// Sources: the comment on lock ordering at the head of `mm/rmap.c` (6.1) for mmap_lock, folio lock,
/// i_mmap_rwsem, anon_vma, page_table_lock or pte lock, swap_lock; `include/linux/mm.h` (6.12) for the lock of a
/// single area inside mmap_lock; `arch/x86/mm/fault.c` and `init_64.c` (5.9) for pgd_lock outside of
/// page_table_lock; `mm/vmalloc.c` (6.1) for vmap_purge_lock outside of vmap_area_lock;
/// `Documentation/mm/split_page_table_lock.rst` for the locks of single tables.
public enum Lock: Hashable, Sendable {
  /// `mm->mmap_lock` of an address space.
  case mmap(UInt32)
  /// The lock of one area (`vma->vm_lock`), by its space and the area's number in it.
  case area(UInt32, UInt64)
  /// The lock of a page in memory (`PG_locked`), by frame.
  case page(UInt64)
  /// `mapping->i_mmap_rwsem`, by the file's number.
  case fileMappings(UInt32)
  /// `anon_vma->rwsem`, by its root's number.
  case anonymousMap(UInt64)
  /// `vmap_purge_lock`: one purge at a time.
  case vmapPurge
  /// `vmap_area_lock`.
  case vmapAreas
  /// x86's `pgd_lock`: the list of all roots, and who copies to them.
  case pgd
  /// `mm->page_table_lock` of an address space, for the tables above the split ones; 0 is `init_mm`.
  case upperTables(UInt32)
  /// The lock of one page table, by its frame.
  case pageTable(UInt64)
  /// `swap_lock`.
  case swap
  /// `lruvec->lru_lock`.
  case reclaimLists

  /// What locks of one kind have in common.
  public enum Kind: String, CaseIterable, Sendable {
    case mmap = "mmap_lock"
    case area = "vma lock"
    case page = "folio lock"
    case fileMappings = "i_mmap_rwsem"
    case anonymousMap = "anon_vma lock"
    case vmapPurge = "vmap_purge_lock"
    case vmapAreas = "vmap_area_lock"
    case pgd = "pgd_lock"
    case upperTables = "page_table_lock"
    case pageTable = "split page table lock"
    case swap = "swap_lock"
    case reclaimLists = "lru_lock"
  }

  public var kind: Kind {
    switch self {
    case .mmap: .mmap
    case .area: .area
    case .page: .page
    case .fileMappings: .fileMappings
    case .anonymousMap: .anonymousMap
    case .vmapPurge: .vmapPurge
    case .vmapAreas: .vmapAreas
    case .pgd: .pgd
    case .upperTables: .upperTables
    case .pageTable: .pageTable
    case .swap: .swap
    case .reclaimLists: .reclaimLists
    }
  }

  /// Its place in the order: what is inside has a higher one.
  var rank: Int { Kind.allCases.firstIndex(of: kind) ?? 0 }
}

extension Lock: CustomStringConvertible {
  public var description: String {
    switch self {
    case .mmap(let space): "mmap_lock of space \(space)"
    case .area(let space, let address): "vma lock of space \(space), area at \(String(address, radix: 16))"
    case .page(let frame): "folio lock of frame \(String(frame, radix: 16))"
    case .fileMappings(let file): "i_mmap_rwsem of file \(file)"
    case .anonymousMap(let map): "lock of anon_vma \(map >> 32)/\(map & 0xffff_ffff)"
    case .upperTables(0): "page_table_lock of init_mm"
    case .upperTables(let space): "page_table_lock of space \(space)"
    case .pageTable(let frame): "lock of the table in frame \(String(frame, radix: 16))"
    case .vmapPurge, .vmapAreas, .pgd, .swap, .reclaimLists: kind.rawValue
    }
  }
}
