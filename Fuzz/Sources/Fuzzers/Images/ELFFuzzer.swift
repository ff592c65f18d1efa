import SeedWriters

/// ELF cores, of both widths and both byte orders.
struct ELFFuzzer: Fuzzer {
  let name = "elf"

  func seeds() -> [[UInt8]] {
    var core = ELFCoreWriter()
    core.arrangement = .qemu
    core.segments = [
      .init(0x1000, pattern(1, count: 600), memoryBytes: 0x4000), .init(0x1100, pattern(2, count: 64)),
    ]
    core.notes = Self.notes
    var narrow = core
    narrow.is64Bit = false
    narrow.isBigEndian = true
    narrow.hasExtendedCount = true
    narrow.notes = []
    var arm = core
    arm.machine = 40
    arm.is64Bit = false
    arm.notes = ELFCoreWriter.note("CORE", type: 1, ELFCoreWriter.descriptor(148))
    return [core.bytes(), narrow.bytes(), arm.bytes()]
  }

  func run(_ bytes: [UInt8]) {
    var bytes = bytes
    for (index, byte) in [UInt8(0x7f), 0x45, 0x4c, 0x46].enumerated() where index < bytes.count {
      bytes[index] = byte
    }
    ImageExercise.run(bytes)
  }

  /// One of every kind of note.
  static var notes: [UInt8] {
    ELFCoreWriter.note("CORE", type: 1, ELFCoreWriter.descriptor(336))
      + ELFCoreWriter.note("QEMU", type: 0, ELFCoreWriter.descriptor(440, words: [0: 1, 4: 440]))
      + ELFCoreWriter.note(
        "VBCORE", type: 0xb00, ELFCoreWriter.descriptor(8, words: [0: 0xc01a_c0de, 4: 0x10006]))
      + ELFCoreWriter.note("VBCPU", type: 0xb01, ELFCoreWriter.descriptor(544))
      + ELFCoreWriter.note("VMCOREINFO", type: 0, Array("OSRELEASE=6.1\nPAGESIZE=4096\n".utf8))
  }
}
