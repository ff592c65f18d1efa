extension Machine {
  /// What the kernel counts of a task's address space; 0 for a thread of the kernel. Sizes are in bytes.
  func measure(_ measure: SpaceMeasure, of task: Task) -> UInt64 {
    guard let space = task.space else { return 0 }
    func bytes(_ pages: Int64) -> UInt64 { UInt64(clamping: pages) &<< pageSizeBits }
    let usage = space.usage
    switch measure {
    case .vmPTE:
      return pageTableByteCount(of: space)
    case .vmSize: return bytes(usage.totalPages)
    case .vmLck: return bytes(usage.lockedPages)
    case .vmSwap: return bytes(usage.swappedPages)
    case .vmRSS: return bytes(usage.anonymousPages &+ usage.filePages &+ usage.sharedMemoryPages)
    case .rssAnon: return bytes(usage.anonymousPages)
    case .rssFile: return bytes(usage.filePages)
    case .rssShmem: return bytes(usage.sharedMemoryPages)
    case .hugetlbPages: return bytes(usage.fixedHugePages)
    case .minorFaults: return task.minorFaultCount
    case .majorFaults: return task.majorFaultCount
    case .areas: return UInt64(space.areas.count)
    }
  }
}
