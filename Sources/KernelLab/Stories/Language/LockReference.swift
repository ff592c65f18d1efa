/// A lock as a scenario names it.
public struct LockReference: Hashable, Sendable {
  /// Linux's names, and what must be said beside each to know which lock is meant.
  public enum Word: String, Hashable, Sendable, CaseIterable {
    case mmap = "mmap_lock"
    case area = "vma_lock"
    case page = "folio_lock"
    case fileMappings = "i_mmap_rwsem"
    case anonymousMap = "anon_vma_lock"
    case vmapPurge = "vmap_purge_lock"
    case vmapAreas = "vmap_area_lock"
    case pgd = "pgd_lock"
    case upperTables = "page_table_lock"
    case lastTable = "pte_lock"
    case tableAbove = "pmd_lock"
    case swap = "swap_lock"
    case reclaimLists = "lru_lock"

    var kind: Lock.Kind {
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
      case .lastTable, .tableAbove: .pageTable
      case .swap: .swap
      case .reclaimLists: .reclaimLists
      }
    }
  }

  public var word: Word
  /// Whose it is.
  public var owner: TaskReference?
  /// The address whose table, area or page has it.
  public var address: Expression?
  public var file: String?
}

/// What a line does with locks.
public enum LockAction: Hashable, Sendable {
  /// The kernel's own paths are followed from here on, or no longer.
  case check(Bool)
  case take(LockReference, isShared: Bool, isNested: Bool)
  case release(LockReference)
  /// The kernel's paths leave out all locks of this kind.
  case forget(LockReference.Word)
}
