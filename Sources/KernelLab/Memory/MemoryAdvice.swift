/// What `madvise` is told (`include/uapi/asm-generic/mman-common.h`).
public enum MemoryAdvice: Int, Sendable, CaseIterable {
  case normal = 0
  case random = 1
  case sequential = 2
  case willNeed = 3
  case dontNeed = 4
  case free = 8
  case remove = 9
  case dontFork = 10
  case doFork = 11
  case hugePage = 14
  case noHugePage = 15
  case dontDump = 16
  case doDump = 17
  case wipeOnFork = 18
  case keepOnFork = 19
  case cold = 20
  case pageOut = 21
  case populateRead = 22
  case populateWrite = 23
  case dontNeedLocked = 24
  case collapse = 25

  /// Whether areas are changed, for which mmap_lock is held for writing (`madvise_need_mmap_write`, `mm/madvise.c`,
  /// 6.1). A collapse begins with reading; what it changes, it changes as a writer (`collapse_huge_page`).
  var changesAreas: Bool {
    switch self {
    case .remove, .willNeed, .dontNeed, .dontNeedLocked, .cold, .pageOut, .free, .populateRead,
      .populateWrite:
      false
    default: true
    }
  }
}
