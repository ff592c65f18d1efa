import ImageWriters
import MemoryImages
import PageTables
import Testing

@Suite("kdump-compressed")
struct KdumpTests {
  struct Form: Sendable, CustomTestStringConvertible {
    var layout: KdumpWriter.Layout
    var isBigEndian: Bool
    var version: UInt32
    var testDescription: String { "\(layout), \(isBigEndian ? "big" : "little") endian, version \(version)" }

    static let all: [Form] = KdumpWriter.Layout.allCases.flatMap { layout in
      [false, true].flatMap { isBigEndian in
        (0...6).map { Form(layout: layout, isBigEndian: isBigEndian, version: $0) }
      }
    }

    var machine: String {
      switch layout {
      case .packed32: "i686"
      case .padded32: isBigEndian ? "armv7b" : "armv7l"
      case .wide: isBigEndian ? "s390x" : "x86_64"
      }
    }
  }

  static let vmcoreinfo = "OSRELEASE=6.12.0-test\nPAGESIZE=4096\nNUMBER(phys_base)=-16777216\n"

  @Test("each version and layout of the header leads to the same memory", arguments: Form.all)
  func forms(form: Form) throws {
    var writer = KdumpWriter()
    writer.layout = form.layout
    writer.isBigEndian = form.isBigEndian
    writer.version = form.version
    writer.machine = form.machine
    writer.vmcoreinfo = Self.vmcoreinfo
    writer.notes = ELFCoreWriter.note(
      "CORE", type: 1, ELFCoreWriter.descriptor(64), bigEndian: form.isBigEndian)
    writer.physicalBase = 0xffff_ffff_e987_8000
    writer.frames = [
      2: .page(pattern(2), .zlib), 3: .excluded, 17: .page(pattern(17), .none), 63: .page(pattern(63), .lzo),
    ]
    let image = try MemoryImage.open(bytes: writer.bytes())
    #expect(image.kind == .kdump)
    #expect(image.fileWordBits == (form.layout == .wide ? 64 : 32))
    #expect(image.architecture?.byteOrder == (form.isBigEndian ? .big : .little))
    #expect(image.vmcoreinfo == (form.version >= 3 ? Self.vmcoreinfo : nil))
    #expect(image.kernelRelease == (form.version >= 3 ? "6.12.0-test" : "6.1.0-test"))
    #expect(image.registers.count == (form.version >= 4 ? 1 : 0))
    #expect(read(image, 0x2000, 4096) == .success(pattern(2)))
    #expect(read(image, 0x11ff8, 8) == .success(Array(pattern(17).suffix(8))))
    #expect(read(image, 0x3f000, 4096) == .success(pattern(63)))
    #expect(read(image, 0x3000, 8) == .failure(.excluded))
    #expect(read(image, 0x4000, 8) == .failure(.outsideRAM))
    #expect(read(image, 0x40000, 8) == .failure(.outsideRAM))
    #expect(!image.isIncomplete)
    #expect(
      Array(image.ranges) == [
        range(0x2000, 0x2fff, .present), range(0x3000, 0x3fff, .excluded), range(0x11000, 0x11fff, .present),
        range(0x3f000, 0x3ffff, .present),
      ])
  }

  @Test(
    "where the machine is Unknown, the 64-bit frame count tells packed from padded",
    arguments: [
      KdumpWriter.Layout.packed32, .padded32,
    ])
  func unknownMachine(layout: KdumpWriter.Layout) throws {
    var writer = KdumpWriter()
    writer.layout = layout
    writer.machine = "Unknown"
    writer.vmcoreinfo = Self.vmcoreinfo
    writer.frames = [1: .page(pattern(1), .zlib)]
    let image = try MemoryImage.open(bytes: writer.bytes())
    #expect(image.vmcoreinfo == Self.vmcoreinfo)
    #expect(image.architecture == nil)
    #expect(image.notes.contains { $0.contains("Unknown") })
  }

  @Test("each compression gives the page back", arguments: Compression.allCases)
  func compressions(_ compression: Compression) throws {
    var writer = KdumpWriter()
    writer.frames = [
      5: .page(pattern(5), compression), 6: .page([UInt8](repeating: 0, count: 4096), compression),
    ]
    let image = try MemoryImage.open(bytes: writer.bytes())
    #expect(read(image, 0x5000, 8192) == .success(pattern(5) + [UInt8](repeating: 0, count: 4096)))
  }

  @Test(
    "a page that does not decompress is corrupt, and so is one of another size",
    arguments: Compression.allCases)
  func corrupt(_ compression: Compression) throws {
    var writer = KdumpWriter()
    writer.frames = [1: .page(pattern(1), compression), 2: .page(pattern(2, count: 4095), compression)]
    var bytes = writer.bytes()
    let place = try #require(bytes.lastIndex { $0 != 0 })
    let image = try MemoryImage.open(bytes: bytes)
    #expect(read(image, 0x2000, 8) == .failure(.corrupt))
    #expect(read(image, 0x1000, 4096) == .success(pattern(1)))
    #expect(read(image, 0x1ffc, 8) == .failure(.corrupt))
    guard compression != .none else { return }
    // The first stored byte of page 1 says how to read it; the descriptors are right before.
    let start = 4096 * 4 + 2 * 24
    for index in start..<min(start + 64, place) { bytes[index] = 0xff }
    let damaged = try MemoryImage.open(bytes: bytes)
    #expect(read(damaged, 0x1000, 8) == .failure(.corrupt))
  }

  @Test(
    "a descriptor of size 0 is corrupt; in an incomplete dump it was never written",
    arguments: [0, 8] as [UInt32])
  func emptyDescriptor(status: UInt32) throws {
    var writer = KdumpWriter()
    writer.status = status
    writer.frames = [1: .descriptor(offset: 0x5000, size: 0, flags: 1), 2: .page(pattern(2), .zlib)]
    let image = try MemoryImage.open(bytes: writer.bytes())
    #expect(read(image, 0x1000, 8) == .failure(status == 8 ? .truncated : .corrupt))
    #expect(image.isIncomplete == (status == 8))
    #expect(read(image, 0x2000, 4096) == .success(pattern(2)))
  }

  @Test("descriptors that point behind the end, wrap, or lie behind it themselves are truncated")
  func outside() throws {
    var writer = KdumpWriter()
    writer.frames = [
      1: .descriptor(offset: 1 << 40, size: 100, flags: 1),
      2: .descriptor(offset: .max - 50, size: 100, flags: 1),
      3: .descriptor(offset: 0x4000, size: .max, flags: 1),
      4: .page(pattern(4), .zlib),
    ]
    let bytes = writer.bytes()
    let image = try MemoryImage.open(bytes: bytes)
    #expect(read(image, 0x1000, 8) == .failure(.truncated))
    #expect(read(image, 0x2000, 8) == .failure(.truncated))
    #expect(read(image, 0x3000, 8) == .failure(.corrupt))
    #expect(read(image, 0x4000, 4096) == .success(pattern(4)))
    let cut = try MemoryImage.open(bytes: Array(bytes.prefix(4096 * 4 + 24 * 3)))
    #expect(read(cut, 0x4000, 8) == .failure(.truncated))
    #expect(cut.isIncomplete)
  }

  @Test(
    "excluded pages are zero where the dump level is exactly 1, else unknown",
    arguments: [0, 1, 2, 3, 31] as [UInt32])
  func dumpLevel(level: UInt32) throws {
    var writer = KdumpWriter()
    writer.dumpLevel = level
    writer.frames = [1: .page(pattern(1), .zlib), 2: .excluded, 3: .page(pattern(3), .zlib)]
    let image = try MemoryImage.open(bytes: writer.bytes())
    let zeros = [UInt8](repeating: 0, count: 4096)
    #expect(read(image, 0x2000, 4096) == (level == 1 ? .success(zeros) : .failure(.excluded)))
    if level == 1 { #expect(read(image, 0x1000, 0x3000) == .success(pattern(1) + zeros + pattern(3))) }
    #expect(Array(image.ranges)[1].state == (level == 1 ? .zero : .excluded))
  }

  @Test("with one bitmap a missing frame is not RAM, and a note says that this is all that is known")
  func oneBitmap() throws {
    var writer = KdumpWriter()
    writer.hasTwoBitmaps = false
    // More frames than half of one block of bits.
    writer.frameCount = 4096 * 8
    writer.frames = [1: .page(pattern(1), .zlib), 2: .excluded, 30_000: .page(pattern(9), .zlib)]
    let image = try MemoryImage.open(bytes: writer.bytes())
    #expect(read(image, 0x1000, 4096) == .success(pattern(1)))
    #expect(read(image, 30_000 << 12, 4096) == .success(pattern(9)))
    #expect(read(image, 0x2000, 8) == .failure(.outsideRAM))
    #expect(image.notes.contains { $0.contains("one bitmap") })
  }

  @Test("pages that share their stored bytes all have them")
  func sharedPages() throws {
    var writer = KdumpWriter()
    writer.frames = [1: .page(pattern(1), .snappy)]
    for frame in 2..<UInt64(60) { writer.frames[frame] = .same(as: 1) }
    let image = try MemoryImage.open(bytes: writer.bytes())
    for frame in 1..<UInt64(60) { #expect(read(image, frame << 12, 4096) == .success(pattern(1))) }
  }

  @Test("blocks of 64 KiB serve a guest with pages of 4 KiB")
  func largeBlocks() throws {
    var writer = KdumpWriter()
    writer.blockBytes = 65_536
    writer.machine = "Unknown"
    let block = pattern(1, count: 65_536)
    writer.frames = [4: .page(block, .zlib), 5: .page(pattern(2, count: 65_536), .zlib)]
    let image = try MemoryImage.open(bytes: writer.bytes())
    #expect(read(image, 0x40000 + 0x3000, 4096) == .success(Array(block[0x3000..<0x4000])))
    #expect(
      read(image, 0x48000, 65_536) == .success(Array((block + pattern(2, count: 65_536))[0x8000..<0x18000])))
  }

  @Test("the rank of a frame is right across blocks of the bitmap")
  func ranks() throws {
    var writer = KdumpWriter()
    writer.frameCount = 70_000
    writer.blockBytes = 4096
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<300 {
      let frame = UInt64.random(in: 0..<70_000, using: &generator)
      writer.frames[frame] = frame % 3 == 0 ? .excluded : .page(pattern(frame), .zlib)
    }
    let image = try MemoryImage.open(bytes: writer.bytes())
    for (frame, content) in writer.frames {
      if case .excluded = content {
        #expect(read(image, frame << 12, 8) == .failure(.excluded))
      } else {
        #expect(read(image, frame << 12, 4096) == .success(pattern(frame)))
      }
    }
    let present = image.ranges.reduce(0) { $0 + ($1.state == .present ? $1.sizeBytes : 0) }
    #expect(present == UInt64(writer.frames.keys.count { $0 % 3 != 0 }) << 12)
  }

  @Test("diskdump's sub-header is not kdump's")
  func diskdump() throws {
    var writer = KdumpWriter()
    writer.signature = "DISKDUMP"
    writer.version = 1
    writer.frames = [1: .page(pattern(1), .zlib)]
    let image = try MemoryImage.open(bytes: writer.bytes())
    #expect(read(image, 0x1000, 4096) == .success(pattern(1)))
    #expect(image.vmcoreinfo == nil)
  }
}
