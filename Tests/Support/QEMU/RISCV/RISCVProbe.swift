/// The program that tries each address: read, write and fetch, as supervisor and as user.
///
/// It runs in machine mode without translation. Loads and stores use `mstatus.MPRV`; a fetch is a return
/// to the start of the address's 4 KiB piece, where one instruction may really be executed: pages asked for
/// should be zero (an illegal instruction) or outside RAM. A store writes the byte that was read. Every
/// answer is one byte: 0xff for no trap, else the cause. Eight bytes an address, the last two zero.
///
/// The source, for both widths (`clang --target=riscv64 -march=rv64ima_zicsr -mno-relax -c`):
///
/// ```
/// #if __riscv_xlen == 64
/// #define LX ld
/// #define SX sd
/// #define W 8
/// #else
/// #define LX lw
/// #define SX sw
/// #define W 4
/// #endif
///   .option norvc
///   # a0 list, a1 count, a2 output, a3 save area, a4 trap entry
/// start:
///   csrw mtvec, a4
///   csrw mscratch, a3
///   csrw mie, zero
///   sfence.vma
/// next:
///   LX   s0, 0(a0)
///   li   s1, 0x800
/// mode:
///   li   s2, 0x60000      # MPRV, SUM
///   or   s2, s2, s1
///   li   t4, 0xff
///   li   t1, 0
///   jal  a5, 1f
///   j    2f               # (resumed here by the trap entry)
/// 1: SX  a5, (3*W)(a3)
///   SX   a0, (0)(a3)
///   SX   a1, (W)(a3)
///   SX   a2, (2*W)(a3)
///   SX   s1, (4*W)(a3)
///   SX   zero, (5*W)(a3)
///   csrw mstatus, s2
///   lb   t1, 0(s0)
///   csrw mstatus, zero
///   SX   t1, (5*W)(a3)
/// 2: sb  t4, 0(a2)
///   addi a2, a2, 1
///   SX   a2, (2*W)(a3)
///   LX   t1, (5*W)(a3)
///   LX   s0, 0(a0)
///   li   s2, 0x60000
///   or   s2, s2, s1
///   li   t4, 0xff
///   jal  a5, 1f
///   j    2f
/// 1: SX  a5, (3*W)(a3)
///   csrw mstatus, s2
///   sb   t1, 0(s0)
///   csrw mstatus, zero
/// 2: sb  t4, 0(a2)
///   addi a2, a2, 1
///   SX   a2, (2*W)(a3)
///   LX   s0, 0(a0)
///   srli s0, s0, 12
///   slli s0, s0, 12
///   csrw mepc, s0
///   csrw mstatus, s1
///   jal  a5, 1f
///   j    2f
/// 1: SX  a5, (3*W)(a3)
///   mret
/// 2: sb  t4, 0(a2)
///   addi a2, a2, 1
///   LX   s0, 0(a0)
///   mv   t0, s1
///   li   s1, 0
///   bnez t0, mode
///   sb   zero, 0(a2)
///   sb   zero, 1(a2)
///   addi a2, a2, 2
///   addi a0, a0, W
///   addi a1, a1, -1
///   bnez a1, next
/// halt: j halt
///   .balign 4
/// trap:
///   csrw mstatus, zero
///   csrr a3, mscratch
///   LX   a0, 0(a3)
///   LX   a1, W(a3)
///   LX   a2, (2*W)(a3)
///   LX   a5, (3*W)(a3)
///   LX   s1, (4*W)(a3)
///   csrr t4, mcause
///   jr   a5
/// ```
enum RISCVProbe {
  static let haltOffset: UInt64 = 0xf4
  static let trapOffset: UInt64 = 0xf8

  static let words32: [UInt32] = [
    0x3057_1073, 0x3406_9073, 0x3040_1073, 0x1200_0073, 0x0005_2403, 0x0010_0493, 0x00b4_9493,
    0x0006_0937, 0x0099_6933, 0x0ff0_0e93, 0x0000_0313, 0x0080_07ef, 0x02c0_006f, 0x00f6_a623,
    0x00a6_a023, 0x00b6_a223, 0x00c6_a423, 0x0096_a823, 0x0006_aa23, 0x3009_1073, 0x0004_0303,
    0x3000_1073, 0x0066_aa23, 0x01d6_0023, 0x0016_0613, 0x00c6_a423, 0x0146_a303, 0x0005_2403,
    0x0006_0937, 0x0099_6933, 0x0ff0_0e93, 0x0080_07ef, 0x0140_006f, 0x00f6_a623, 0x3009_1073,
    0x0064_0023, 0x3000_1073, 0x01d6_0023, 0x0016_0613, 0x00c6_a423, 0x0005_2403, 0x00c4_5413,
    0x00c4_1413, 0x3414_1073, 0x3004_9073, 0x0080_07ef, 0x00c0_006f, 0x00f6_a623, 0x3020_0073,
    0x01d6_0023, 0x0016_0613, 0x0005_2403, 0x0004_8293, 0x0000_0493, 0xf402_92e3, 0x0006_0023,
    0x0006_00a3, 0x0026_0613, 0x0045_0513, 0xfff5_8593, 0xf205_90e3, 0x0000_006f, 0x3000_1073,
    0x3400_26f3, 0x0006_a503, 0x0046_a583, 0x0086_a603, 0x00c6_a783, 0x0106_a483, 0x3420_2ef3,
    0x0007_8067,
  ]

  static let words64: [UInt32] = [
    0x3057_1073, 0x3406_9073, 0x3040_1073, 0x1200_0073, 0x0005_3403, 0x0010_0493, 0x00b4_9493,
    0x0006_0937, 0x0099_6933, 0x0ff0_0e93, 0x0000_0313, 0x0080_07ef, 0x02c0_006f, 0x00f6_bc23,
    0x00a6_b023, 0x00b6_b423, 0x00c6_b823, 0x0296_b023, 0x0206_b423, 0x3009_1073, 0x0004_0303,
    0x3000_1073, 0x0266_b423, 0x01d6_0023, 0x0016_0613, 0x00c6_b823, 0x0286_b303, 0x0005_3403,
    0x0006_0937, 0x0099_6933, 0x0ff0_0e93, 0x0080_07ef, 0x0140_006f, 0x00f6_bc23, 0x3009_1073,
    0x0064_0023, 0x3000_1073, 0x01d6_0023, 0x0016_0613, 0x00c6_b823, 0x0005_3403, 0x00c4_5413,
    0x00c4_1413, 0x3414_1073, 0x3004_9073, 0x0080_07ef, 0x00c0_006f, 0x00f6_bc23, 0x3020_0073,
    0x01d6_0023, 0x0016_0613, 0x0005_3403, 0x0004_8293, 0x0000_0493, 0xf402_92e3, 0x0006_0023,
    0x0006_00a3, 0x0026_0613, 0x0085_0513, 0xfff5_8593, 0xf205_90e3, 0x0000_006f, 0x3000_1073,
    0x3400_26f3, 0x0006_b503, 0x0086_b583, 0x0106_b603, 0x0186_b783, 0x0206_b483, 0x3420_2ef3,
    0x0007_8067,
  ]
}
