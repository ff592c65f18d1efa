/// How a process's page table comes to the kernel's mappings.
public enum KernelHalf: Hashable, Sendable {
  /// The top-level entries from an address on are copied when the table is made; the tables that they name
  /// are shared (i386, x86-64, ARM, RISC-V, Alpha).
  case copied(from: UInt64)
  /// As `copied`, but the gigabyte at `from` has a private second-level table whose entries are copied
  /// (LPAE's modules and pkmap; PAE with page-table isolation).
  case privateTable(from: UInt64, shared: UInt64)
  /// A root of its own that all processes use (AArch64).
  case separateRoot
}
