import PageTables

extension Profile {
  /// The bit of a swap entry that keeps *exclusive* while the page is away (`_PAGE_SWP_EXCLUSIVE`): x86-64 and
  /// AArch64 since 5.19, the others since 6.3; 0 before.
  ///
  /// Source: `arch/*/include/asm/pgtable*.h` of 6.1 and 6.12.
  var swapExclusiveMask: UInt64 {
    guard areaRules.copyOnWriteReuse == .exclusive else { return 0 }
    let isLater = release >= KernelRelease(6, 3)
    switch architecture {
    case .x86 where format.addressBits == 64: return release >= KernelRelease(5, 19) ? 1 << 3 : 0
    case .x86: return isLater ? (format.levelCount == 2 ? 1 << 7 : 1 << 3) : 0
    case .arm: return isLater ? 1 << 7 : 0
    // PTE_SWP_EXCLUSIVE stayed at bit 2 when 6.11 moved the type.
    case .arm64: return release >= KernelRelease(5, 19) ? 1 << 2 : 0
    case .riscv: return isLater ? 1 << 6 : 0
    case .alpha: return isLater ? 1 << 39 : 0
    }
  }
}
