/// What a memory management unit made of one virtual address.
public enum OracleOutcome: Equatable, Sendable {
  /// The address is mapped, here.
  case mapped(physicalAddress: UInt64)

  /// There is a leaf, but every access asked for faults, and this unit does not tell where it points:
  /// a cleared access flag, a domain without access, rights that forbid everything.
  case denied

  /// There is no leaf: an absent entry, an address outside the tables' range, or, where the unit does not
  /// tell them apart (RISC-V), an entry with reserved bits.
  case unmapped

  /// An entry has bits that this unit rejects: x86's reserved bits, ARM's address size.
  case malformed
}
