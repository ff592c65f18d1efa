/// What an image or a virtual machine tells of one processor. A register that it does not tell is nil.
///
/// The root of an x86 processor that stood in user mode may be the user copy of page-table isolation;
/// ``privilegeLevel`` tells.
public struct CPURegisters: Hashable, Sendable {
  /// The processor's place among the notes of the file, from 0. Offline processors have no notes, so this
  /// is not always Linux's number.
  public var index: Int
  /// The instruction pointer (`rip`, `pc`).
  public var programCounter: UInt64?
  /// The stack pointer.
  public var stackPointer: UInt64?
  /// x86: the code segment selector.
  public var codeSegment: UInt64?
  /// x86: control registers.
  public var cr0: UInt64?
  public var cr2: UInt64?
  public var cr3: UInt64?
  public var cr4: UInt64?
  /// x86: the extended feature enable register; VirtualBox has it, QEMU's note does not.
  public var efer: UInt64?
  /// x86: base of the interrupt descriptor table.
  public var interruptTableBase: UInt64?
  /// x86-64: the base of GS, and the one that SWAPGS would load.
  public var gsBase: UInt64?
  public var kernelGSBase: UInt64?
  /// ARM, AArch64: the saved program status.
  public var programStatus: UInt64?
  /// ARM, AArch64: the roots of the lower and of the upper half (`TTBR0`, `TTBR1`; at EL1), and the register that says
  /// how they are used (`TTBCR`, `TCR_EL1`). Images do not have them.
  public var translationTableBase0: UInt64?
  public var translationTableBase1: UInt64?
  public var translationControl: UInt64?
  /// RISC-V: the root and the mode of translation. Images do not have it.
  public var satp: UInt64?

  /// A processor of which nothing is known.
  public init(index: Int) { self.index = index }

  /// x86: 0 in the kernel, 3 in user mode (Intel SDM volume 3, section 5.5).
  public var privilegeLevel: UInt8? { codeSegment.map { UInt8($0 & 3) } }
}
