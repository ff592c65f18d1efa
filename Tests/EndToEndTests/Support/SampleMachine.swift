import ImageWriters
import PageTableEditing
import PageTables

/// A small x86-64 machine whose tables the editor wrote: one address space with everything that the views tell apart.
///
/// | virtual | |
/// |---|---|
/// | 400000, 401000 | r-x for user mode, frames 100000 and 101000; the first begins with `hello` |
/// | 600000 | rw- for user mode, frame 80000 |
/// | 601000 | swap area 2, slot 34 |
/// | 602000 | a frame that the image does not have |
/// | 40000000 | 2 MiB, rw- for the kernel, from frame 200000 |
/// | 80000000 | a table outside RAM |
/// | c0000000 | 2 MiB with a reserved address bit |
/// | ffff888000000000 | 1 GiB, rw- for the kernel, frame 0 |
struct SampleMachine {
  let root: UInt64
  let ram: [UInt8]

  static let ramByteCount = 0x10_2000

  init() throws {
    var memory = try SparseMemory(byteCount: UInt64(Self.ramByteCount))
    var frames = SequentialFrames(from: PhysicalAddress(0x1_0000), byteCount: 0x4_0000)
    let editor = try PageTableEditor(
      makingRootsFor: EditingFormat(.x86_64), in: &memory, frames: &frames)
    root = editor.root.lower.rawValue
    let text: Access = [.kernelRead, .kernelExecute, .userRead, .userExecute]
    let data: Access = [.kernelRead, .kernelWrite, .userRead, .userWrite]
    let pages: [(UInt64, UInt64, UInt8, Access)] = [
      (0x40_0000, 0x10_0000, 12, text), (0x40_1000, 0x10_1000, 12, text), (0x60_0000, 0x8_0000, 12, data),
      (0x60_2000, 0x40_0000_0000, 12, data), (0x4000_0000, 0x20_0000, 21, [.kernelRead, .kernelWrite]),
      (0x8000_0000, 0x1000, 12, data), (0xc000_0000, 0x20_0000, 21, data),
      (0xffff_8880_0000_0000, 0, 30, [.kernelRead, .kernelWrite]),
    ]
    for (virtual, physical, sizeBits, access) in pages {
      try editor.map(
        VirtualAddress(virtual), to: PhysicalAddress(physical), sizeBits: sizeBits, access: access,
        in: &memory,
        frames: &frames)
    }
    try editor.setNotPresent(
      NotPresentState(.swap, type: 2, offset: 0x34), at: VirtualAddress(0x60_1000), in: &memory,
      frames: &frames)
    // What an editor refuses to write: a table outside RAM, and a reserved bit.
    let broken: [(UInt64, Int, UInt64)] = [(0x8000_0000, 2, 0x7f_ffff_f067), (0xc000_0000, 2, 0x20_20e7)]
    for (virtual, depth, entry) in broken {
      let steps = editor.walker.translate(VirtualAddress(virtual), in: memory).steps
      try memory.store(entry: entry, byteCount: 8, order: .little, at: steps[depth].entryAddress)
    }
    for (index, byte) in "hello".utf8.enumerated() {
      try memory.withMutableBytes(at: PhysicalAddress(0x10_0000 + UInt64(index)), count: 1) { bytes in
        bytes.storeBytes(of: byte, as: UInt8.self)
      }
    }
    ram = try memory.withBytes(at: PhysicalAddress(0), count: Self.ramByteCount) { bytes in
      bytes.withUnsafeBytes { Array($0) }
    }
  }

  /// The machine as an ELF core with a processor in user mode, as QEMU writes it.
  func core() -> ELFCoreWriter {
    var core = ELFCoreWriter()
    core.segments = [.init(0, ram, memoryBytes: UInt64(ram.count) + 0x1000)]
    core.notes =
      ELFCoreWriter.note("CORE", type: 1, ELFCoreWriter.descriptor(336, longs: [240: 0x40_0123, 248: 0x33]))
      + ELFCoreWriter.note(
        "QEMU", type: 0,
        ELFCoreWriter.descriptor(
          440, words: [0: 1, 4: 440, 152: 0x33],
          longs: [136: 0x40_0123, 392: 0x8005_0033, 416: root, 424: 0x6f0]))
      + ELFCoreWriter.note("VMCOREINFO", type: 0, Array("OSRELEASE=6.1.0-test\nPAGESIZE=4096\n".utf8))
    return core
  }
}
