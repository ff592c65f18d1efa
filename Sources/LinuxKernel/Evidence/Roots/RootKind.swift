/// What a root table is, as far as its own content tells.
public enum RootKind: String, Hashable, Sendable, CaseIterable {
  /// A process's: it maps pages for users and, unless the halves have roots of their own, the kernel.
  case process
  /// The kernel page table (`swapper_pg_dir`).
  case master
  /// With page-table isolation: what the processor runs on in user mode, beside a process's root.
  case userCopy = "user-copy"
  /// Pages in the user half that users may not reach: a trampoline, the identity map, early boot's table.
  case identityMap = "identity-map"
  /// Tables in the user half, but no page in them: an address space that was prepared (`poking_mm`).
  case noUserPages = "no-user-pages"
  /// Nothing in the user half: never used, or freed and not yet overwritten.
  case unused
}
