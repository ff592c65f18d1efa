import MemoryImages
import Testing

@testable import VirtualMachines

@Suite("What QEMU's monitor prints")
struct MonitorTests {
  static let personalComputer = """
    FlatView #0
     AS "I/O", root: io
     Root memory region: io
      0000000000000000-0000000000000007 (prio 0, ram): ram0

    FlatView #1
     AS "memory", root: system
     AS "cpu-memory-0", root: system
     Root memory region: system
      0000000000000000-000000000009ffff (prio 0, ram): ram0
      00000000000a0000-00000000000bffff (prio 1, i/o): vga-lowmem
      00000000000c0000-00000000000c9fff (prio 0, rom): ram0 @00000000000c0000
      00000000000ca000-00000000000ccfff (prio 0, ram): ram0 @00000000000ca000
      0000000000100000-00000000bfffffff (prio 0, ram): ram0 @0000000000100000
      00000000fd000000-00000000fdffffff (prio 1, ram): vga.vram
      00000000fffc0000-00000000ffffffff (prio 0, rom): pc.bios
      0000000100000000-00000001787fffff (prio 0, ram): ram0 @00000000c0000000 KVM

    FlatView #2
     AS "cpu-smm-0", root: memory
      0000000000000000-00000000000bffff (prio 0, ram): ram0
    """

  @Test("RAM is what lies in RAM's backends, in the processors' view, with its holes")
  func layout() {
    let pieces = FlatView.pieces(in: Self.personalComputer, backends: ["ram0"])
    #expect(
      pieces == [
        RAMPiece(range: 0...0x9_ffff, backend: "ram0", offset: 0),
        RAMPiece(range: 0xc_0000...0xc_cfff, backend: "ram0", offset: 0xc_0000),
        RAMPiece(range: 0x10_0000...0xbfff_ffff, backend: "ram0", offset: 0x10_0000),
        RAMPiece(range: 0x1_0000_0000...0x1_787f_ffff, backend: "ram0", offset: 0xc000_0000),
      ])
  }

  @Test("every cut of the text gives pieces of the whole")
  func cuts() {
    let whole = FlatView.pieces(in: Self.personalComputer, backends: ["ram0"])
    for count in stride(from: 0, through: Self.personalComputer.count, by: 7) {
      for piece in FlatView.pieces(in: String(Self.personalComputer.prefix(count)), backends: ["ram0"]) {
        #expect(whole.contains { $0.range.lowerBound == piece.range.lowerBound && $0.offset == piece.offset })
      }
    }
  }

  @Test("ranges that overlap, end before they begin or leave the numbers are not taken")
  func hostileLayout() {
    let text = """
      FlatView #1
       AS "memory", root: system
        0000000000001000-0000000000001fff (prio 0, ram): r
        0000000000001800-0000000000002fff (prio 0, ram): r @0000000000001000
        0000000000005000-0000000000004fff (prio 0, ram): r
        ffffffffffff0000-ffffffffffffffff (prio 0, ram): r @ffffffffffff8000
        0000000000000000000000000000001-2 (prio 0, ram): r
      """
    #expect(
      FlatView.pieces(in: text, backends: ["r"])
        == [RAMPiece(range: 0x1000...0x1fff, backend: "r", offset: 0)])
  }

  @Test("x86: every processor's control registers, instruction pointer and privilege")
  func x86() throws {
    let text = """

      CPU#0
      RAX=0000000000008055 RBX=0000000000000000 RCX=0000000000447fb0 RDX=0000000000000001
      RSI=00000000004a37a8 RDI=0000000000000006 RBP=00007fffe822b808 RSP=00007fffe822b5c0
      RIP=0000000000401e4a RFL=00000206 [-----P-] CPL=3 II=0 A20=1 SMM=0 HLT=0
      CS =0033 0000000000000000 ffffffff 00affb00 DPL=3 CS64 [-RA]
      GS =0000 ffff8c4f4f700000 00000000 00000000
      CR0=80050033 CR2=000000000265b8c8 CR3=00000000028f6000 CR4=00750ef0
      EFER=0000000000000d01
      CPU#1
      EIP=c0100000 EFL=00000046 [---Z-P-] CPL=0 II=0 A20=1 SMM=0 HLT=1
      CS =0060 00000000 ffffffff 00cf9b00 DPL=0 CS32 [-RA]
      CR0=80050033 CR2=b7f00000 CR3=02000000 CR4=000006f0
      """
    let registers = RegisterText.registers(in: text, machine: .amd64)
    try #require(registers.count == 2)
    #expect(registers[0].cr0 == 0x8005_0033)
    #expect(registers[0].cr2 == 0x265_b8c8)
    #expect(registers[0].cr3 == 0x28f_6000)
    #expect(registers[0].cr4 == 0x75_0ef0)
    #expect(registers[0].efer == 0xd01)
    #expect(registers[0].programCounter == 0x40_1e4a)
    #expect(registers[0].stackPointer == 0x7fff_e822_b5c0)
    #expect(registers[0].privilegeLevel == 3)
    #expect(registers[0].gsBase == 0xffff_8c4f_4f70_0000)
    #expect(registers[1].index == 1)
    #expect(registers[1].cr3 == 0x200_0000)
    #expect(registers[1].programCounter == 0xc010_0000)
    #expect(registers[1].privilegeLevel == 0)
  }

  @Test("RISC-V: satp is there, and a virtual supervisor's is not taken for it")
  func riscv() {
    let text = """
      CPU#0
       V      =   0
       pc       0000000000010b50
       vsepc    0000000000000001
       satp     8002700000082fa0
       vsatp    8000000000000007
       x0/zero  0000000000000000 x1/ra    0000000000010b42 x2/sp    0000003ffadc64d0 x3/gp    000000000008fc70
      """
    let registers = RegisterText.registers(in: text, machine: .riscv64)
    #expect(registers.map(\.satp) == [0x8002_7000_0008_2fa0])
    #expect(registers.map(\.programCounter) == [0x1_0b50])
    #expect(registers.map(\.stackPointer) == [0x3f_fadc_64d0])
  }

  @Test("AArch64 and ARM: program counter, stack pointer and state")
  func arm() {
    let wide = """
      CPU#0
       PC=0000000000400eb4 X00=0000000000008055 X01=0000000000008055
      X29=0000ffffdabccb50 X30=0000000000400ea0  SP=0000ffffdabccb50
      PSTATE=60000000 -ZC- EL0t     FPCR=00000000 FPSR=00000000
      """
    let narrow = """
      CPU#0
      R12=00000004 R13=beda3d10 R14=0002fd83 R15=0001096c
      PSR=60010030 -ZC- T usr32
      """
    let first = RegisterText.registers(in: wide, machine: .aarch64)
    #expect(first.map(\.programCounter) == [0x40_0eb4])
    #expect(first.map(\.stackPointer) == [0xffff_dabc_cb50])
    #expect(first.map(\.programStatus) == [0x6000_0000])
    let second = RegisterText.registers(in: narrow, machine: .arm)
    #expect(second.map(\.programCounter) == [0x1_096c])
    #expect(second.map(\.stackPointer) == [0xbeda_3d10])
    #expect(second.map(\.programStatus) == [0x6001_0030])
  }
}
