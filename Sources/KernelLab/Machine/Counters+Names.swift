extension Counters {
  /// The counters by the names that scenarios and reports use.
  public static var named: [String: KeyPath<Counters, UInt64>] {
    [
      "accesses": \.accesses, "walks": \.walks, "walked-entries": \.walkedEntries,
      "minor-faults": \.minorFaults, "major-faults": \.majorFaults, "signals": \.signals,
      "vmalloc-faults": \.vmallocFaults, "copied-kernel-entries": \.copiedKernelEntries,
      "synchronised-kernel-entries": \.synchronisedKernelEntries, "copied-pages": \.copiedPages,
      "zeroed-pages": \.zeroedPages, "switches": \.switches,
      "interprocessor-flushes": \.interprocessorFlushes, "broadcast-flushes": \.broadcastFlushes,
      "deferred-flushes": \.deferredFlushes, "root-loads": \.rootLoads,
      "flushing-root-loads": \.flushingRootLoads, "page-flushes": \.pageFlushes,
      "space-flushes": \.spaceFlushes, "asid-rollovers": \.asidRollovers,
      "vmalloc-purges": \.vmallocPurges, "visited-roots": \.visitedRoots,
      "swapped-in": \.swappedIn, "swapped-out": \.swappedOut, "written-back": \.writtenBack,
      "scanned-pages": \.scannedPages, "reclaimed-pages": \.reclaimedPages,
      "direct-reclaims": \.directReclaims, "out-of-memory-kills": \.outOfMemoryKills,
      "huge-faults": \.hugeFaults, "huge-splits": \.hugeSplits, "huge-collapses": \.hugeCollapses,
    ]
  }

  /// What changed since `earlier`, in the order of the names.
  func changes(since earlier: Counters) -> [CounterChange] {
    Self.named.sorted { $0.key < $1.key }.compactMap { name, path in
      let difference = self[keyPath: path] &- earlier[keyPath: path]
      return difference == 0 ? nil : CounterChange(name: name, difference: difference)
    }
  }
}

/// How much a counter has grown.
public struct CounterChange: Hashable, Sendable {
  public var name: String
  public var difference: UInt64
}
