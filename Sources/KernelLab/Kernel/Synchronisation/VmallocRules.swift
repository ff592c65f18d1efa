import PageTables

/// What one kernel does with entries of its half that a process's root lacks: `vmalloc_fault`,
/// `vmalloc_sync_one` and their like, as data.
///
/// Sources: `arch/x86/mm/fault.c` of 5.2, 5.7 and 5.9; `arch/arm/mm/fault.c` (`do_translation_fault`) of 6.1;
/// `arch/riscv/mm/fault.c` (`vmalloc_fault`) of 6.4; `arch/alpha/mm/fault.c` of 6.1.
struct VmallocRules: Sendable {
  /// A fault may copy an entry.
  var hasFault: Bool
  /// Who maps copies to all roots.
  var isEager: Bool
  /// The whole kernel half is asked about in a fault, and not only the ranges of vmalloc and modules.
  var coversKernelHalf = false
  /// Modules' own range is asked about.
  var coversModules = false
  /// The shared table must have the page too; else the access is bad, or would fault forever. Where it is not
  /// asked, the level at which the walk stopped tells: only a missing entry above the pages is looked for.
  var checksPage = true
  /// An entry that the master no longer has is removed (x86 from 5.3 on); before entries were only added.
  var propagatesRemoval = false
  /// Entries that differ end in a BUG.
  var mismatchIsBug = false
  /// The entry is written whatever was there.
  var copiesAlways = false
  /// The page is flushed on the CPU that faulted: it may remember that there was nothing.
  var flushesPage = false
  /// A purge of freed areas copies to all roots first (i386 5.3 to 5.7: `vmalloc_sync_all` in
  /// `__purge_vmap_area_lazy`, 3f8fd02b1bf1).
  var synchronisesAtPurge = false
}

extension Profile {
  var vmallocRules: VmallocRules {
    let hasFault: Bool
    let isEager: Bool
    switch vmallocPolicy {
    case .shared, .preallocated: (hasFault, isEager) = (false, false)
    case .lazy, .lazyAndSwitch: (hasFault, isEager) = (true, false)
    case .eager: (hasFault, isEager) = (false, true)
    case .eagerAndFault: (hasFault, isEager) = (true, true)
    }
    var rules = VmallocRules(hasFault: hasFault, isEager: isEager)
    switch architecture {
    case .x86:
      let isSmall = format.addressBits <= 32
      rules.propagatesRemoval = isSmall && release >= KernelRelease(5, 3)
      rules.mismatchIsBug = true
      rules.synchronisesAtPurge = isSmall && vmallocPolicy == .lazy && release >= KernelRelease(5, 3)
    case .arm:
      rules.coversKernelHalf = true
      rules.checksPage = false
      rules.copiesAlways = true
    case .arm64: break
    case .riscv:
      rules.coversModules = true
      rules.copiesAlways = true
      rules.flushesPage = true
    case .alpha:
      rules.coversKernelHalf = true
      rules.checksPage = false
    }
    return rules
  }

  /// vmalloc's own changes raise the sequence number that ARM compares at a switch: since kernel stacks may lie
  /// in vmalloc's range (`arch_sync_kernel_mappings`, `arch/arm/kernel/traps.c`, 5.18).
  var raisesVmallocSequence: Bool { vmallocPolicy == .lazyAndSwitch && release >= KernelRelease(5, 18) }

  /// A thread of the kernel that borrows a space brings it up to date too (`enter_lazy_tlb`,
  /// `arch/arm/include/asm/mmu_context.h`, 5.18).
  var synchronisesAtLazySwitch: Bool { raisesVmallocSequence }

  /// After mapping, each CPU is told, as it may remember that there was nothing (`flush_cache_vmap`, RISC-V from
  /// 6.5 on; 503638e0babf retries the fault instead).
  var flushesAfterMapping: Bool {
    architecture == .riscv && release >= KernelRelease(6, 5) && release < KernelRelease(6, 12)
  }
}
