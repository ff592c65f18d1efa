/// Where Linux's `elf_prstatus` (NT_PRSTATUS) has the registers that a memory image is read for, by machine.
struct StatusLayout {
  let machine: ImageArchitecture.Machine
  /// The size of the note's descriptor: it differs from machine to machine.
  let byteCount: Int
  /// The size of a register: 4 or 8.
  let wordByteCount: Int
  /// Offsets from the beginning of the descriptor.
  let programCounter: Int
  let stackPointer: Int
  /// x86: `cs`.
  var codeSegment: Int?
  /// ARM's `cpsr`, AArch64's `pstate`.
  var programStatus: Int?

  static let all: [StatusLayout] = [
    // pr_reg at 112, 27 words: rip is the 17th, cs the 18th, rsp the 20th (asm/user_64.h).
    StatusLayout(
      machine: .amd64, byteCount: 336, wordByteCount: 8, programCounter: 240, stackPointer: 264,
      codeSegment: 248),
    // pr_reg at 72, 17 words: eip is the 13th, cs the 14th, esp the 16th (asm/user_32.h).
    StatusLayout(
      machine: .x86, byteCount: 144, wordByteCount: 4, programCounter: 120, stackPointer: 132,
      codeSegment: 124),
    // pr_reg at 112: x0 to x30, sp, pc, pstate.
    StatusLayout(
      machine: .aarch64, byteCount: 392, wordByteCount: 8, programCounter: 368, stackPointer: 360,
      programStatus: 376),
    // pr_reg at 72: r0 to r15, cpsr.
    StatusLayout(
      machine: .arm, byteCount: 148, wordByteCount: 4, programCounter: 132, stackPointer: 124,
      programStatus: 136),
    // pr_reg at 112: pc, ra, sp.
    StatusLayout(machine: .riscv64, byteCount: 376, wordByteCount: 8, programCounter: 112, stackPointer: 128),
  ]

  /// The layout of a note of that size in a file of that machine.
  static func of(noteBytes: UInt64, in machine: ImageArchitecture.Machine?) -> StatusLayout? {
    all.first { layout in
      UInt64(layout.byteCount) == noteBytes
        // QEMU writes i386 registers into 64-bit files.
        && (machine == nil || machine == layout.machine || layout.machine == .x86 && machine == .amd64)
    }
  }

  /// The layout of the notes of `machine`.
  static func of(_ machine: ImageArchitecture.Machine) -> StatusLayout? {
    all.first { $0.machine == machine }
  }
}
