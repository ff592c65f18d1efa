import ImageWriters
import MemoryImages
import Testing

@Suite("Notes of a core")
struct ELFNoteTests {
  private func image(machine: UInt16, _ notes: [UInt8], is64Bit: Bool = true) throws -> MemoryImage {
    var writer = ELFCoreWriter()
    writer.machine = machine
    writer.is64Bit = is64Bit
    writer.segments = [.init(0, pattern(1))]
    writer.notes = notes
    return try MemoryImage.open(bytes: writer.bytes())
  }

  @Test("QEMU's note gives CR0 to CR4, and the n-th PRSTATUS belongs to the n-th QEMU note")
  func qemu() throws {
    var notes: [UInt8] = []
    for cpu in 0..<UInt64(2) {
      notes += ELFCoreWriter.note(
        "CORE", type: 1, ELFCoreWriter.descriptor(336, longs: [240: 0x1111 + cpu, 248: 0x33, 264: 0x2222]))
    }
    for cpu in 0..<UInt64(2) {
      notes += ELFCoreWriter.note(
        "QEMU", type: 0,
        ELFCoreWriter.descriptor(
          440, words: [0: 1, 4: 440, 152: cpu == 0 ? 0x10 : 0x33],
          longs: [
            136: 0xffff + cpu, 384: 0xfffe, 392: 0x8005_0033, 408: 5, 416: 0x2ced000 + cpu, 424: 0x3506f0,
          ]))
    }
    let registers = try image(machine: 62, notes).registers
    #expect(registers.map(\.cr3) == [0x2ced000, 0x2ced001])
    #expect(registers.map(\.programCounter) == [0xffff, 0x10000])
    #expect(registers.map(\.privilegeLevel) == [0, 3])
    #expect(registers[0].cr0 == 0x8005_0033 && registers[0].cr2 == 5 && registers[0].cr4 == 0x3506f0)
    #expect(registers[0].interruptTableBase == 0xfffe)
    #expect(registers[0].efer == nil)
  }

  @Test("VirtualBox's notes give CR0 to CR4 and EFER; an unknown version gives a note instead")
  func virtualBox() throws {
    func notes(_ version: UInt32) -> [UInt8] {
      ELFCoreWriter.note(
        "VBCORE", type: 0xb00, ELFCoreWriter.descriptor(24, words: [0: 0xc01a_c0de, 4: version]))
        + ELFCoreWriter.note(
          "VBCPU", type: 0xb01,
          ELFCoreWriter.descriptor(
            600, words: [160: 0x10], longs: [112: 0xabc, 288: 1, 296: 2, 304: 0x3000, 312: 4, 488: 0xd01]))
    }
    let known = try image(machine: 62, notes(0x0001_0006))
    #expect(known.registers.map(\.cr3) == [0x3000])
    #expect(known.registers.first?.efer == 0xd01)
    #expect(known.registers.first?.privilegeLevel == 0)
    let unknown = try image(machine: 62, notes(0x0009_0000))
    #expect(unknown.registers == [])
    #expect(unknown.notes.contains { $0.contains("VirtualBox") })
  }

  struct Status: Sendable, CustomTestStringConvertible {
    var name: String
    var machine: UInt16
    var sizeBytes: Int
    var isWide: Bool
    var programCounterPlace: Int
    var stackPointerPlace: Int
    var testDescription: String { name }

    static let all = [
      Status(
        name: "x86-64", machine: 62, sizeBytes: 336, isWide: true, programCounterPlace: 240,
        stackPointerPlace: 264),
      Status(
        name: "i386", machine: 3, sizeBytes: 144, isWide: false, programCounterPlace: 120,
        stackPointerPlace: 132),
      Status(
        name: "AArch64", machine: 183, sizeBytes: 392, isWide: true, programCounterPlace: 368,
        stackPointerPlace: 360),
      Status(
        name: "ARM", machine: 40, sizeBytes: 148, isWide: false, programCounterPlace: 132,
        stackPointerPlace: 124),
      Status(
        name: "RISC-V", machine: 243, sizeBytes: 376, isWide: true, programCounterPlace: 112,
        stackPointerPlace: 128),
    ]
  }

  @Test("a PRSTATUS is read by its machine's layout", arguments: Status.all)
  func status(_ form: Status) throws {
    let words: [Int: UInt32] =
      form.isWide ? [:] : [form.programCounterPlace: 0xc010_0000, form.stackPointerPlace: 0xc200_0000]
    let longs: [Int: UInt64] =
      form.isWide
      ? [form.programCounterPlace: 0xffff_8000_c010_0000, form.stackPointerPlace: 0xffff_8000_c200_0000] : [:]
    let note = ELFCoreWriter.note(
      "CORE", type: 1, ELFCoreWriter.descriptor(form.sizeBytes, words: words, longs: longs))
    let registers = try #require(try image(machine: form.machine, note).registers.first)
    #expect(registers.programCounter == (form.isWide ? 0xffff_8000_c010_0000 : 0xc010_0000))
    #expect(registers.stackPointer == (form.isWide ? 0xffff_8000_c200_0000 : 0xc200_0000))
  }

  @Test(
    "VMCOREINFO is found with and without terminating NULs, and names the release", arguments: [true, false])
  func vmcoreinfo(terminated: Bool) throws {
    let text = "OSRELEASE=6.1.0-13-amd64\nPAGESIZE=4096\n"
    let note = ELFCoreWriter.note(
      "VMCOREINFO", type: 0, Array(text.utf8) + (terminated ? [0] : []), terminated: terminated)
    let image = try image(machine: 62, note)
    #expect(image.vmcoreinfo == text)
    #expect(image.kernelRelease == "6.1.0-13-amd64")
  }

  @Test("no VMCOREINFO is the normal case")
  func absent() throws {
    let image = try image(machine: 62, [])
    #expect(image.vmcoreinfo == nil && image.kernelRelease == nil && image.registers == [])
  }

  @Test("a note that claims more than there is ends the notes and is named")
  func overlong() throws {
    var note = ELFCoreWriter.note("CORE", type: 1, ELFCoreWriter.descriptor(336, longs: [240: 1]))
    var bad = ByteWriter()
    bad.put(UInt32.max)
    bad.put(UInt32.max)
    bad.put(UInt32(1))
    note += bad.bytes
    let image = try image(machine: 62, note)
    #expect(image.registers.count == 1)
    #expect(image.notes.contains { $0.contains("longer than the notes") })
  }
}
