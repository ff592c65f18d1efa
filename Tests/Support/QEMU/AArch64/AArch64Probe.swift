/// The programs that ask and try, for AArch64.
///
/// `setup` and `ask` run at EL3 without translation; `ask` stores four PAR values an address: read and
/// write by EL1, read and write by EL0. `enter` goes to EL1 (QEMU 7.2 keeps translating for EL3 when its
/// debugger stub changes the level) and `fetch`, in a window. That returns to the start of each address's
/// 4 KiB piece as EL1 and as EL0, stores the two ESR values, and calls EL3. Only an instruction abort tells
/// that a piece could not be fetched; so pages asked for should be zero (an undefined instruction) or
/// outside RAM (an external abort).
///
/// The source (`clang --target=aarch64-linux -c`):
///
/// ```
///   # x0 TTBR0, x1 TTBR1, x2 TCR, x3 MAIR, x4 SCTLR, x5 SCR, x6 HCR; at EL3
/// setup:
///   msr  scr_el3, x5
///   msr  hcr_el2, x6
///   msr  ttbr0_el1, x0
///   msr  ttbr1_el1, x1
///   msr  tcr_el1, x2
///   msr  mair_el1, x3
///   isb
///   msr  sctlr_el1, x4
///   isb
///   tlbi alle1
///   dsb  sy
///   isb
/// ready:
///   b    ready
///
///   # x10 list, x11 count, x12 output; at EL3
/// ask:
///   ldr  x13, [x10], #8
///   at   s1e1r, x13
///   isb
///   mrs  x14, par_el1
///   at   s1e1w, x13
///   isb
///   mrs  x15, par_el1
///   at   s1e0r, x13
///   isb
///   mrs  x16, par_el1
///   at   s1e0w, x13
///   isb
///   mrs  x17, par_el1
///   stp  x14, x15, [x12], #16
///   stp  x16, x17, [x12], #16
///   subs x11, x11, #1
///   b.ne ask
/// asked:
///   b    asked
///
///   # x14 vectors for the way back, x15 where fetch is in the window; at EL3
/// enter:
///   msr  vbar_el3, x14
///   msr  elr_el3, x15
///   mov  x0, #0x3c5
///   msr  spsr_el3, x0
///   eret
///
///   # x9 state, x10 list, x11 count, x12 output, x13 vectors; at EL1, in the window
/// fetch:
///   msr  vbar_el1, x13
///   msr  tpidr_el1, x9
///   isb
/// next:
///   mov  x1, #0x3c5
/// try:
///   ldr  x0, [x10]
///   and  x0, x0, #0xfffffffffffff000
///   stp  x10, x11, [x9]
///   stp  x12, x1, [x9, #16]
///   msr  elr_el1, x0
///   msr  spsr_el1, x1
///   eret
/// resume:
///   mrs  x9, tpidr_el1
///   ldp  x10, x11, [x9]
///   ldp  x12, x1, [x9, #16]
///   mrs  x2, esr_el1
///   str  w2, [x12], #4
///   tst  x1, #0xf
///   mov  x1, #0x3c0
///   b.ne try
///   add  x10, x10, #8
///   subs x11, x11, #1
///   b.ne next
///   smc  #0
/// ```
enum AArch64Probe {
  static let readyOffset: UInt64 = 0x30
  static let askOffset: UInt64 = 0x34
  static let askedOffset: UInt64 = 0x78
  static let enterOffset: UInt64 = 0x7c
  static let fetchOffset: UInt64 = 0x90
  static let resumeOffset: UInt64 = 0xbc

  static let words: [UInt32] = [
    0xd51e_1105, 0xd51c_1106, 0xd518_2000, 0xd518_2021, 0xd518_2042, 0xd518_a203, 0xd503_3fdf, 0xd518_1004,
    0xd503_3fdf, 0xd50c_879f, 0xd503_3f9f, 0xd503_3fdf, 0x1400_0000, 0xf840_854d, 0xd508_780d, 0xd503_3fdf,
    0xd538_740e, 0xd508_782d, 0xd503_3fdf, 0xd538_740f, 0xd508_784d, 0xd503_3fdf, 0xd538_7410, 0xd508_786d,
    0xd503_3fdf, 0xd538_7411, 0xa881_3d8e, 0xa881_4590, 0xf100_056b, 0x54ff_fe01, 0x1400_0000, 0xd51e_c00e,
    0xd51e_402f, 0xd280_78a0, 0xd51e_4000, 0xd69f_03e0, 0xd518_c00d, 0xd518_d089, 0xd503_3fdf, 0xd280_78a1,
    0xf940_0140, 0x9274_cc00, 0xa900_2d2a, 0xa901_052c, 0xd518_4020, 0xd518_4001, 0xd69f_03e0, 0xd538_d089,
    0xa940_2d2a, 0xa941_052c, 0xd538_5202, 0xb800_4582, 0xf240_0c3f, 0xd280_7801, 0x54ff_fe41, 0x9100_214a,
    0xf100_056b, 0x54ff_fdc1, 0xd400_0003,
  ]
}
