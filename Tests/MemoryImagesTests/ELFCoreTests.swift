import MemoryImages
import PageTables
import Testing

@Suite("ELF cores that are written")
struct ELFCoreTests {
  private func stretch(_ first: UInt64, _ last: UInt64) -> ELFCore.Stretch {
    PhysicalAddress(first)...PhysicalAddress(last)
  }

  /// The bytes at an address: each tells its place.
  private static func memory(_ address: PhysicalAddress, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: (address.rawValue + UInt64($0)) / 4096 &* 31 &+ UInt64($0)) }
  }

  private func file(_ core: ELFCore) throws -> [UInt8] {
    var file: [UInt8] = []
    try core.write(reading: { Self.memory($0, $1) }, to: { file += $0 })
    return file
  }

  @Test("what is kept reads as it was, what is not is excluded, and beyond RAM there is none")
  func roundTrip() throws {
    var core = ELFCore(
      ram: [stretch(0, 0x9ffff), stretch(0x10_0000, 0x4f_ffff), stretch(1 << 36, (1 << 36) + 0xffff)],
      kept: [
        stretch(0, 0xfff), stretch(0x2_0000, 0x2_3fff), stretch(0x9_f000, 0x9_ffff),
        stretch(0x20_0010, 0x20_0013), stretch(0x4f_f000, 0x4f_ffff),
      ])
    core.machine = .arm
    let image = try MemoryImage.open(bytes: file(core))
    #expect(
      Array(image.ranges) == [
        range(0, 0xfff, .present), range(0x1000, 0x1_ffff, .excluded), range(0x2_0000, 0x2_3fff, .present),
        range(0x2_4000, 0x9_efff, .excluded), range(0x9_f000, 0x9_ffff, .present),
        range(0x10_0000, 0x20_000f, .excluded), range(0x20_0010, 0x20_0013, .present),
        range(0x20_0014, 0x4f_efff, .excluded), range(0x4f_f000, 0x4f_ffff, .present),
        range(1 << 36, (1 << 36) + 0xffff, .excluded),
      ])
    for kept in core.kept {
      let count = Int(kept.upperBound.rawValue - kept.lowerBound.rawValue + 1)
      #expect(
        read(image, kept.lowerBound.rawValue, count) == .success(Self.memory(kept.lowerBound, count)))
    }
    #expect(read(image, 0x1000, 1) == .failure(.excluded))
    #expect(read(image, 0xa_0000, 1) == .failure(.outsideRAM))
    #expect(image.architecture == ImageArchitecture(machine: .arm, byteOrder: .little))
    #expect(!image.isIncomplete)
    #expect(image.notes == [])
  }

  @Test("every machine that a 64-bit header can name is named", arguments: ImageArchitecture.Machine.allCases)
  func machines(machine: ImageArchitecture.Machine) throws {
    var core = ELFCore(ram: [stretch(0, 0xfff)], kept: [stretch(0, 0xfff)])
    core.machine = machine
    let image = try MemoryImage.open(bytes: file(core))
    // RISC-V and LoongArch have one number for both widths.
    let isNamed = machine != .riscv32 && machine != .loongarch32
    #expect(image.architecture?.machine == (isNamed ? machine : nil))
  }

  @Test(
    "registers and VMCOREINFO come back",
    arguments: [ImageArchitecture.Machine.amd64, .x86, .aarch64, .arm, .riscv64])
  func notes(machine: ImageArchitecture.Machine) throws {
    var registers = [CPURegisters(index: 0), CPURegisters(index: 1)]
    for index in registers.indices {
      registers[index].programCounter = 0x8123_4560 + UInt64(index)
      registers[index].stackPointer = 0x9876_5430
      if machine == .amd64 || machine == .x86 {
        registers[index].codeSegment = index == 0 ? 0x10 : 0x33
        registers[index].cr0 = 0x8005_0033
        registers[index].cr2 = 0x1234_5678
        registers[index].cr3 = 0x300_0000 + UInt64(index) << 12
        registers[index].cr4 = 0x6f0
        registers[index].gsBase = 0xc100_0000
        registers[index].kernelGSBase = 0
        registers[index].interruptTableBase = 0xfffe_0000
      }
      if machine == .aarch64 || machine == .arm { registers[index].programStatus = 0x6000_00c5 }
    }
    var core = ELFCore(ram: [stretch(0, 0xfff)], kept: [])
    core.machine = machine
    core.registers = registers
    core.vmcoreinfo = "OSRELEASE=6.1.0\nPAGESIZE=4096\n"
    let image = try MemoryImage.open(bytes: file(core))
    #expect(image.registers == registers)
    #expect(image.vmcoreinfo == core.vmcoreinfo)
    #expect(image.kernelRelease == "6.1.0")
  }

  @Test("more segments than the header can count stand in the first section")
  func manySegments() throws {
    let kept = (0..<70_000 as Range<UInt64>).map { stretch($0 << 13, $0 << 13 + 0xf) }
    let core = ELFCore(ram: [stretch(0, 70_000 << 13)], kept: kept)
    let image = try MemoryImage.open(bytes: file(core))
    #expect(image.ranges.count { $0.state == .present } == 70_000)
    #expect(read(image, 69_999 << 13, 16) == .success(Self.memory(PhysicalAddress(69_999 << 13), 16)))
  }
}
