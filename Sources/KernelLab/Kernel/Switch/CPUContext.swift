/// What a CPU remembers of the address spaces whose translations it may hold (`struct tlb_state` of x86;
/// `active_asids` and its like of ARM).
struct CPUContext: Sendable {
  /// One of x86's slots (`struct tlb_context`).
  struct Slot: Sendable {
    /// 0: none. 1 is `init_mm`, others are a space's number + 1.
    var contextID: UInt64 = 0
    /// The space's count of flushes that this slot has seen.
    var generation: UInt64 = 0
  }

  /// `TLB_NR_DYN_ASIDS` (`arch/x86/include/asm/tlbflush.h`).
  static var slotCount: Int { 6 }
  /// Which half of an isolated process's PCIDs is the user's (`X86_CR3_PTI_PCID_USER_BIT`).
  static var userTagBit: UInt16 { 1 << 11 }
  /// The context of `init_mm`.
  static var kernelContextID: UInt64 { 1 }

  var slots = [Slot](repeating: Slot(), count: slotCount)
  /// The slot that is loaded, and the one that is taken next.
  var slot = 0
  var nextSlot = 0
  /// Kernel translations under other tags are no longer true (`invalidate_other`).
  var invalidatesOthers = false

  /// The ASID with its generation that is in use; 0 after a rollover that nobody here has noticed.
  var activeASID: UInt64 = 0
  /// What was in use at the last rollover, and stays reserved for the space that had it.
  var reservedASID: UInt64 = 0
  /// A rollover happened: all must be forgotten before the next new space is used.
  var isFlushPending = false
  /// The last number that this CPU gave, with its generation (Alpha's `last_asn`).
  var lastASN: UInt64 = 0
}
