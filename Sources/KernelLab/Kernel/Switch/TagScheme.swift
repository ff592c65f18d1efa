/// How address spaces are told apart in a TLB.
enum TagScheme: Sendable {
  /// They are not: loading another root forgets all that is not global.
  case none
  /// x86 from 4.14 on: each CPU has six slots, each for the space that used it last; a count of flushes per
  /// space tells whether what is kept is still true. Without PCIDs there is one slot, and loading a root forgets.
  case slots(hasTags: Bool)
  /// ARM, AArch64, RISC-V: one number for all CPUs, with a generation.
  case shared
  /// Alpha: each CPU gives its own numbers, with a generation.
  case perCPU
}

extension Profile {
  var tagScheme: TagScheme {
    switch architecture {
    case .x86: .slots(hasTags: tlb.tagBits > 0)
    case .arm, .arm64, .riscv: tlb.tagBits > 0 ? .shared : .none
    case .alpha: tlb.tagBits > 0 ? .perCPU : .none
    }
  }

  /// Whether other CPUs' TLBs are flushed by the processor itself (ARMv7's and ARMv8's inner-shareable
  /// operations) and not by interrupts.
  var broadcastsFlushes: Bool { architecture == .arm || architecture == .arm64 }

  /// CPUs that only borrow a space are not interrupted for its flushes, and catch up when they leave lazy TLB
  /// mode (`arch/x86/mm/tlb.c`, 4.20; the interrupt made them load init_mm from 4.14 to 4.19).
  var defersLazyFlushes: Bool { architecture == .x86 }

  /// A flush of more pages than this forgets the whole space (`tlb_single_page_flush_ceiling`,
  /// `arch/x86/mm/tlb.c`; `MAX_TLBI_OPS`, `arch/arm64/include/asm/tlbflush.h`; RISC-V's
  /// `tlb_flush_all_threshold`, 6.7). nil: it flushes page by page whatever the count.
  var flushCeilingPages: UInt64? {
    switch architecture {
    case .x86: 33
    case .arm64: 512
    case .riscv: 64
    case .arm: nil
    case .alpha: 0
    }
  }
}
