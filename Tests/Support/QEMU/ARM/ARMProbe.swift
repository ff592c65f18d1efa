/// The programs that ask and try, for ARMv7.
///
/// `setup` and `ask` run without translation, in Monitor mode for short descriptors and in Hyp mode for
/// long ones; `ask` stores four PAR values an address: read and write by the kernel, read and write by
/// the user. From Monitor mode translations are asked with SCR.NS set, and read with it clear, which is
/// where QEMU 7.2 leaves them. `fetch` runs in Supervisor mode, in a window, goes to the start of each
/// address's 4 KiB piece in Supervisor and in User mode, and stores what the prefetch abort's status was,
/// or all ones: zeros are instructions that do nothing, so an abort may also be of a later piece.
///
/// A piece may have a table in it, and then its entries are executed: as instructions whose condition is the
/// uppermost digit of the address that they name. `fetch` is given flags under which they do nothing.
struct ARMProbe {
  var words: [UInt32]
  var readyOffset: UInt64
  var askOffset: UInt64
  var askedOffset: UInt64
  var fetchOffset: UInt64
  var abortOffset: UInt64
  var otherOffset: UInt64

  /// The source (`clang --target=armv7a-linux-gnueabi -c`, with and without `-DSHORT`):
  ///
  /// ```
  ///   .arch armv7-a
  ///   .arch_extension sec
  ///   .arch_extension virt
  ///   # r0, r1 TTBR0; r2 TTBCR; r3, r4 TTBR1; r5 DACR; r6, r7 MAIR0 and 1, or PRRR and NMRR; r8 SCTLR;
  ///   # r9 vectors for the way back. In Monitor mode (short descriptors) or Hyp mode (long ones).
  /// setup:
  /// #ifdef SHORT
  ///   mov  lr, #1
  ///   mcr  p15, 0, lr, c1, c1, 0
  ///   isb
  ///   mcr  p15, 0, r9, c12, c0, 1
  /// #else
  ///   mcr  p15, 4, r9, c12, c0, 0
  /// #endif
  ///   mcr  p15, 0, r2, c2, c0, 2
  ///   mcrr p15, 0, r0, r1, c2
  ///   mcrr p15, 1, r3, r4, c2
  ///   mcr  p15, 0, r5, c3, c0, 0
  ///   mcr  p15, 0, r6, c10, c2, 0
  ///   mcr  p15, 0, r7, c10, c2, 1
  ///   isb
  ///   mcr  p15, 0, r8, c1, c0, 0
  ///   isb
  /// #ifdef SHORT
  ///   mcr  p15, 0, r0, c8, c7, 0
  /// #else
  ///   mcr  p15, 4, r0, c8, c7, 4
  /// #endif
  ///   dsb
  ///   isb
  /// ready:
  ///   b    ready
  ///
  ///   # r0 list, r1 output, r3 count
  /// ask:
  /// #ifdef SHORT
  ///   mov  lr, #1
  ///   mov  r12, #0
  ///   .macro translate operation, low, high
  ///   mcr  p15, 0, lr, c1, c1, 0
  ///   mcr  p15, 0, r2, c7, c8, 4 + \operation
  ///   mcr  p15, 0, r12, c1, c1, 0
  ///   mrrc p15, 0, \low, \high, c7
  ///   .endm
  /// #else
  ///   .macro translate operation, low, high
  ///   mcr  p15, 0, r2, c7, c8, \operation
  ///   isb
  ///   mrrc p15, 0, \low, \high, c7
  ///   .endm
  /// #endif
  /// 1:
  ///   ldr  r2, [r0], #4
  ///   translate 0, r4, r5
  ///   translate 1, r6, r7
  ///   translate 2, r8, r9
  ///   translate 3, r10, r11
  ///   stm  r1!, {r4-r11}
  ///   subs r3, r3, #1
  ///   bne  1b
  /// #ifdef SHORT
  ///   mcr  p15, 0, lr, c1, c1, 0
  /// #endif
  /// asked:
  ///   b    asked
  ///
  ///   # r0 list, r1 output, r2 state, r3 count, r4 vectors, r6 condition flags; in Supervisor mode,
  ///   # in the window
  /// fetch:
  ///   mcr  p15, 0, r4, c12, c0, 0
  ///   mcr  p15, 0, r2, c13, c0, 4
  ///   isb
  ///   mov  r4, r6
  /// next:
  ///   movw r5, #0x1d3
  /// try:
  ///   stm  r2, {r0-r5}
  ///   ldr  r6, [r0]
  ///   bfc  r6, #0, #12
  ///   orr  r7, r5, r4
  ///   msr  spsr_cxsf, r7
  ///   mov  lr, r6
  ///   movs pc, lr
  /// abort:
  ///   mrc  p15, 0, r7, c5, c0, 1
  ///   mrc  p15, 0, r8, c6, c0, 2
  ///   b    1f
  /// other:
  ///   mvn  r7, #0
  /// 1:
  ///   mrc  p15, 0, r2, c13, c0, 4
  ///   ldm  r2, {r0-r5}
  ///   msr  cpsr_c, #0xd3
  ///   ldr  r6, [r0]
  ///   bfc  r6, #0, #12
  ///   cmp  r8, r6
  ///   mvnne r7, #0
  ///   str  r7, [r1], #4
  ///   tst  r5, #3
  ///   movw r5, #0x1d0
  ///   bne  try
  ///   add  r0, r0, #4
  ///   subs r3, r3, #1
  ///   bne  next
  /// #ifdef SHORT
  ///   smc  #0
  /// #else
  ///   hvc  #0
  /// #endif
  /// ```
  static let shortDescriptors = ARMProbe(
    words: [
      0xe3a0_e001, 0xee01_ef11, 0xf57f_f06f, 0xee0c_9f30, 0xee02_2f50, 0xec41_0f02, 0xec44_3f12, 0xee03_5f10,
      0xee0a_6f12, 0xee0a_7f32, 0xf57f_f06f, 0xee01_8f10, 0xf57f_f06f, 0xee08_0f17, 0xf57f_f04f, 0xf57f_f06f,
      0xeaff_fffe, 0xe3a0_e001, 0xe3a0_c000, 0xe490_2004, 0xee01_ef11, 0xee07_2f98, 0xee01_cf11, 0xec55_4f07,
      0xee01_ef11, 0xee07_2fb8, 0xee01_cf11, 0xec57_6f07, 0xee01_ef11, 0xee07_2fd8, 0xee01_cf11, 0xec59_8f07,
      0xee01_ef11, 0xee07_2ff8, 0xee01_cf11, 0xec5b_af07, 0xe8a1_0ff0, 0xe253_3001, 0x1aff_ffeb, 0xee01_ef11,
      0xeaff_fffe, 0xee0c_4f10, 0xee0d_2f90, 0xf57f_f06f, 0xe1a0_4006, 0xe300_51d3, 0xe882_003f, 0xe590_6000,
      0xe7cb_601f, 0xe185_7004, 0xe16f_f007, 0xe1a0_e006, 0xe1b0_f00e, 0xee15_7f30, 0xee16_8f50, 0xea00_0000,
      0xe3e0_7000, 0xee1d_2f90, 0xe892_003f, 0xe321_f0d3, 0xe590_6000, 0xe7cb_601f, 0xe158_0006, 0x13e0_7000,
      0xe481_7004, 0xe315_0003, 0xe300_51d0, 0x1aff_ffe9, 0xe280_0004, 0xe253_3001, 0x1aff_ffe5, 0xe160_0070,
    ],
    readyOffset: 0x40, askOffset: 0x44, askedOffset: 0xa0, fetchOffset: 0xa4, abortOffset: 0xd4,
    otherOffset: 0xe0)

  static let longDescriptors = ARMProbe(
    words: [
      0xee8c_9f10, 0xee02_2f50, 0xec41_0f02, 0xec44_3f12, 0xee03_5f10, 0xee0a_6f12, 0xee0a_7f32, 0xf57f_f06f,
      0xee01_8f10, 0xf57f_f06f, 0xee88_0f97, 0xf57f_f04f, 0xf57f_f06f, 0xeaff_fffe, 0xe490_2004, 0xee07_2f18,
      0xf57f_f06f, 0xec55_4f07, 0xee07_2f38, 0xf57f_f06f, 0xec57_6f07, 0xee07_2f58, 0xf57f_f06f, 0xec59_8f07,
      0xee07_2f78, 0xf57f_f06f, 0xec5b_af07, 0xe8a1_0ff0, 0xe253_3001, 0x1aff_ffef, 0xeaff_fffe, 0xee0c_4f10,
      0xee0d_2f90, 0xf57f_f06f, 0xe1a0_4006, 0xe300_51d3, 0xe882_003f, 0xe590_6000, 0xe7cb_601f, 0xe185_7004,
      0xe16f_f007, 0xe1a0_e006, 0xe1b0_f00e, 0xee15_7f30, 0xee16_8f50, 0xea00_0000, 0xe3e0_7000, 0xee1d_2f90,
      0xe892_003f, 0xe321_f0d3, 0xe590_6000, 0xe7cb_601f, 0xe158_0006, 0x13e0_7000, 0xe481_7004, 0xe315_0003,
      0xe300_51d0, 0x1aff_ffe9, 0xe280_0004, 0xe253_3001, 0x1aff_ffe5, 0xe140_0070,
    ],
    readyOffset: 0x34, askOffset: 0x38, askedOffset: 0x78, fetchOffset: 0x7c, abortOffset: 0xac,
    otherOffset: 0xb8)
}
