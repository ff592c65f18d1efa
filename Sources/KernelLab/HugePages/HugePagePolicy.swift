/// Where a fault brings a transparent huge page at once: `/sys/kernel/mm/transparent_hugepage/enabled`.
public enum HugePagePolicy: String, Sendable, CaseIterable {
  case always
  /// Where MADV_HUGEPAGE asked for it: `madvise`.
  case advised = "madvise"
  case never
}
