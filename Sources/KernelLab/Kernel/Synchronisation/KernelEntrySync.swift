/// What bringing one entry of the kernel's half to one root came to.
enum KernelEntrySync: Equatable {
  /// The root has what the master has.
  case unchanged
  /// So many words were written.
  case copied(Int)
  /// The master no longer has it, nor has the root.
  case removed(Int)
  case masterLacks
  /// Both have one, and they differ.
  case mismatch(own: UInt64, master: UInt64)
}
