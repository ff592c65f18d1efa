/// How a process's page table comes to the kernel's mappings.
public enum KernelHalf: Hashable, Sendable {
  /// The top-level entries from an address on are copied when the table is made; the tables that they name
  /// are shared (i386, x86-64, ARM, RISC-V, Alpha).
  case copied(from: UInt64)
  /// The top-level entries from `shared` on are copied as in `copied`; the one that serves `from` names a
  /// table of the process's own. Whether that begins as a copy, `Profile.copiesPrivateTable` says: PAE with
  /// page-table isolation copies all of it and shares nothing; LPAE's for modules and pkmap begins empty.
  case privateTable(from: UInt64, shared: UInt64)
  /// A root of its own that all processes use (AArch64).
  case separateRoot
}
