import ImageWriters
import MemoryImages
import PageTables
import Testing

@Suite("ELF cores")
struct ELFTests {
  struct Form: Sendable, CustomTestStringConvertible {
    var is64Bit: Bool
    var isBigEndian: Bool
    var arrangement: ELFCoreWriter.Arrangement
    var hasExtendedCount: Bool

    var testDescription: String {
      "\(is64Bit ? 64 : 32) bits, \(isBigEndian ? "big" : "little") endian, \(arrangement), "
        + "\(hasExtendedCount ? "PN_XNUM" : "plain count")"
    }

    static let all: [Form] = [true, false].flatMap { is64Bit in
      [true, false].flatMap { isBigEndian in
        [ELFCoreWriter.Arrangement.usual, .qemu].flatMap { arrangement in
          [true, false].map {
            Form(is64Bit: is64Bit, isBigEndian: isBigEndian, arrangement: arrangement, hasExtendedCount: $0)
          }
        }
      }
    }
  }

  @Test("every form of header leads to the same memory", arguments: Form.all)
  func forms(form: Form) throws {
    var writer = ELFCoreWriter()
    writer.is64Bit = form.is64Bit
    writer.isBigEndian = form.isBigEndian
    writer.arrangement = form.arrangement
    writer.hasExtendedCount = form.hasExtendedCount
    writer.machine = 40
    // Not in address order.
    writer.segments = [.init(0x8000_0000, pattern(2)), .init(0x1000, pattern(1, count: 8192))]
    let image = try MemoryImage.open(bytes: writer.bytes())
    #expect(image.kind == .elf)
    #expect(image.fileWordBits == (form.is64Bit ? 64 : 32))
    #expect(
      image.architecture
        == ImageArchitecture(machine: .arm, byteOrder: form.isBigEndian ? .big : .little))
    #expect(read(image, 0x1000, 8192) == .success(pattern(1, count: 8192)))
    #expect(read(image, 0x8000_0ff0, 16) == .success(Array(pattern(2).suffix(16))))
    #expect(
      Array(image.ranges) == [
        range(0x1000, 0x2fff, .present), range(0x8000_0000, 0x8000_0fff, .present),
      ])
    #expect(!image.isIncomplete)
    #expect(image.notes == [])
  }

  @Test("an i386 guest may come in a 64-bit file: the machine and the width of the file are separate facts")
  func i386In64Bits() throws {
    var writer = ELFCoreWriter()
    writer.machine = 3
    writer.segments = [.init(0, pattern(1))]
    let image = try MemoryImage.open(bytes: writer.bytes())
    #expect(image.architecture?.machine == .x86)
    #expect(image.fileWordBits == 64)
  }

  @Test("a tail that is not in the file is excluded, not zero and not outside RAM")
  func excludedTail() throws {
    var writer = ELFCoreWriter()
    writer.segments = [
      .init(0x1000, pattern(1), memoryBytes: 0x3000), .init(0x8000, [], memoryBytes: 0x1000),
    ]
    let image = try MemoryImage.open(bytes: writer.bytes())
    #expect(read(image, 0x1ff8, 8) == .success(Array(pattern(1).suffix(8))))
    #expect(read(image, 0x2000, 8) == .failure(.excluded))
    #expect(read(image, 0x1ffc, 8) == .failure(.excluded))
    #expect(read(image, 0x8000, 8) == .failure(.excluded))
    #expect(read(image, 0x4000, 8) == .failure(.outsideRAM))
    #expect(read(image, 0x3ffc, 8) == .failure(.excluded))
    #expect(
      Array(image.ranges) == [
        range(0x1000, 0x1fff, .present), range(0x2000, 0x3fff, .excluded), range(0x8000, 0x8fff, .excluded),
      ])
  }

  @Test("overlapping segments describe the same frames; bytes win over an excluded tail")
  func overlap() throws {
    var writer = ELFCoreWriter()
    let all = pattern(7, count: 0x4000)
    writer.segments = [
      .init(0x1000, Array(all[0..<0x1000]), memoryBytes: 0x8000),
      .init(0x2000, Array(all[0x1000..<0x3000])),
      .init(0x1800, Array(all[0x800..<0x1800])),
    ]
    let image = try MemoryImage.open(bytes: writer.bytes())
    #expect(read(image, 0x1000, 0x3000) == .success(Array(all.prefix(0x3000))))
    #expect(read(image, 0x4000, 1) == .failure(.excluded))
    #expect(Array(image.ranges) == [range(0x1000, 0x3fff, .present), range(0x4000, 0x8fff, .excluded)])
  }

  @Test("requests that cross from one segment into the next are put together")
  func crossing() throws {
    var writer = ELFCoreWriter()
    let all = pattern(3, count: 0x20000)
    // Reversed in the file, so that neighbours in memory are not neighbours there.
    writer.segments = stride(from: 0x1f000, through: 0, by: -0x1000).map {
      .init(0x10_0000 + UInt64($0), Array(all[$0..<($0 + 0x1000)]))
    }
    let image = try MemoryImage.open(bytes: writer.bytes())
    #expect(read(image, 0x10_0000, 0x20000) == .success(all))
    #expect(read(image, 0x10_0ffc, 8) == .success(Array(all[0xffc..<0x1004])))
    #expect(read(image, 0x11_fffc, 8) == .failure(.outsideRAM))
    #expect(read(image, 0x10_0000, 0) == .failure(.unreadable))
    #expect(read(image, 0x10_0000, -1) == .failure(.unreadable))
    #expect(
      read(image, 0x10_0000, .max) == .failure(.outsideRAM)
        || read(image, 0x10_0000, .max) == .failure(.unreadable))
    #expect(read(image, .max, 8) == .failure(.outsideRAM))
  }

  @Test("what lies behind the end of a cut file is truncated, and the rest is served")
  func truncated() throws {
    var writer = ELFCoreWriter()
    writer.segments = [.init(0x1000, pattern(1)), .init(0x9000, pattern(2, count: 8192))]
    let whole = writer.bytes()
    let image = try MemoryImage.open(bytes: Array(whole.dropLast(4096)))
    #expect(image.isIncomplete)
    #expect(image.notes.contains { $0.contains("0x9000") })
    #expect(read(image, 0x1000, 4096) == .success(pattern(1)))
    #expect(read(image, 0x9000, 4096) == .success(Array(pattern(2, count: 8192).prefix(4096))))
    #expect(read(image, 0xa000, 8) == .failure(.truncated))
    #expect(read(image, 0x9ffc, 8) == .failure(.truncated))
  }

  @Test("virtual addresses of a dump taken with paging do not count")
  func paging() throws {
    var writer = ELFCoreWriter()
    var segment = ELFCoreWriter.Segment(0x1000, pattern(1))
    segment.virtualAddress = 0xffff_8880_0000_1000
    writer.segments = [segment]
    writer.notes = ELFCoreWriter.note(
      "QEMU", type: 0, ELFCoreWriter.descriptor(440, words: [0: 1, 4: 440]))
    let image = try MemoryImage.open(bytes: writer.bytes())
    #expect(read(image, 0x1000, 4096) == .success(pattern(1)))
    #expect(read(image, 0xffff_8880_0000_1000, 8) == .failure(.outsideRAM))
    #expect(image.notes.contains { $0.contains("paging") })
  }

  @Test("segments without a physical address (all ones) are left out and counted", arguments: [true, false])
  func withoutAddress(is64Bit: Bool) throws {
    var writer = ELFCoreWriter()
    writer.is64Bit = is64Bit
    writer.segments = [.init(.max, pattern(1)), .init(0x1000, pattern(2))]
    let image = try MemoryImage.open(bytes: writer.bytes())
    #expect(Array(image.ranges) == [range(0x1000, 0x1fff, .present)])
    #expect(image.notes.contains { $0.hasPrefix("1 segments have no physical address") })
  }

  @Test("the flag of an incomplete dump is reported")
  func incomplete() throws {
    var writer = ELFCoreWriter()
    writer.flags = 1
    writer.segments = [.init(0, pattern(1))]
    #expect(try MemoryImage.open(bytes: writer.bytes()).isIncomplete)
  }

  @Test("a segment at the top of the address space ends there")
  func top() throws {
    var writer = ELFCoreWriter()
    writer.segments = [.init(.max - 4095, pattern(1)), .init(.max - 0x5fff, pattern(2), memoryBytes: .max)]
    let image = try MemoryImage.open(bytes: writer.bytes())
    #expect(read(image, .max - 7, 8) == .success(Array(pattern(1).suffix(8))))
    #expect(
      read(image, .max - 7, 16) == .failure(.outsideRAM) || read(image, .max - 7, 16) == .failure(.unreadable)
    )
    #expect(Array(image.ranges).last?.last.rawValue == .max)
  }
}
