/// How the fixmap's places for temporary mappings are given out.
public enum TemporaryMappingRule: String, Sendable, CaseIterable {
  /// `kmap_atomic(page, type)`: each purpose has a place of its own on each processor (to 2.6.36).
  case typed
  /// `kmap_atomic(page)`: each processor has a stack of them (2.6.37 to 5.10); the task is not preempted.
  case stacked
  /// `kmap_local_page(page)`: each task has a stack of them, taken down and put up again when it is switched
  /// (5.11 and later); the task stays on its processor.
  case perTask
}
