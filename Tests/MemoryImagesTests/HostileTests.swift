import ImageWriters
import MemoryImages
import PageTables
import Testing

/// Files that were made to be read wrongly. None may end the process; each answer is an error with a place,
/// or an image that says what is missing.
@Suite("Hostile files")
struct HostileTests {
  struct Sample: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    /// How much of it is structure rather than pages.
    var headerBytes: Int

    static let all: [Sample] = {
      var elf = ELFCoreWriter()
      elf.arrangement = .qemu
      elf.segments = [.init(0x1000, pattern(1, count: 8192), memoryBytes: 0x4000), .init(0x2000, pattern(2))]
      elf.notes =
        ELFCoreWriter.note("CORE", type: 1, ELFCoreWriter.descriptor(336))
        + ELFCoreWriter.note("VMCOREINFO", type: 0, Array("OSRELEASE=6.1\n".utf8))
        + ELFCoreWriter.note("QEMU", type: 0, ELFCoreWriter.descriptor(440, words: [0: 1, 4: 440]))
      var narrow = elf
      narrow.is64Bit = false
      narrow.isBigEndian = true
      narrow.hasExtendedCount = true
      narrow.notes = []
      var kdump = KdumpWriter()
      kdump.blockBytes = 1024
      kdump.vmcoreinfo = "OSRELEASE=6.1\n"
      kdump.notes = elf.notes
      for (frame, compression) in Compression.allCases.enumerated() {
        kdump.frames[UInt64(frame)] = .page(pattern(UInt64(frame), count: 1024), compression)
      }
      kdump.frames[40] = .excluded
      var part = kdump
      part.layout = .packed32
      part.machine = "i686"
      part.part = 2..<50
      let kdumpBytes = kdump.bytes()
      return [
        Sample(testDescription: "ELF, 64 bits", bytes: elf.bytes(), headerBytes: 2200),
        Sample(testDescription: "ELF, 32 bits", bytes: narrow.bytes(), headerBytes: 300),
        Sample(testDescription: "kdump", bytes: kdumpBytes, headerBytes: kdumpBytes.count - 3000),
        Sample(testDescription: "kdump, split, 32 bits", bytes: part.bytes(), headerBytes: 4600),
        Sample(
          testDescription: "flattened kdump",
          bytes: flatten(kdumpBytes, recordBytes: 700) { $0.reversed() }, headerBytes: 4096 + 9000),
        Sample(
          testDescription: "LiME", bytes: limeRecord(0x1000, pattern(1)) + limeRecord(0x9000, pattern(2)),
          headerBytes: 4200),
        Sample(
          testDescription: "compressed LiME",
          bytes: Compression.zlib.encode(limeRecord(0x1000, pattern(1)) + limeRecord(0x9000, pattern(2))),
          headerBytes: 300),
        Sample(
          testDescription: "AVML",
          bytes: avmlRecord(0x1000, pattern(1, count: 300), chunkBytes: 100)
            + avmlRecord(0x100_0000, pattern(2, count: 5000), chunkBytes: 1000), headerBytes: 800),
      ]
    }()
  }

  private func options() -> ImageOptions {
    var options = ImageOptions()
    options.inflateLimitBytes = 1 << 20
    options.cacheLimitBytes = 1 << 16
    return options
  }

  /// Opens and reads; true if it opened.
  @discardableResult
  private func exercise(_ bytes: [UInt8]) -> Bool {
    do throws(ImageError) {
      let image = try MemoryImage.open(bytes: bytes, options: options())
      _ = readAround(image)
      _ = image.registers
      return true
    } catch {
      // A message has one line, and names the file.
      #expect(error.description.hasPrefix("bytes[0]") || error.reason == .system)
      #expect(!error.description.contains("\n"))
      return false
    }
  }

  @Test("a file cut at any byte of its structure opens or is refused", arguments: Sample.all)
  func cut(sample: Sample) {
    var opened = 0
    for count in 0..<min(sample.headerBytes, sample.bytes.count)
    where exercise(Array(sample.bytes.prefix(count))) {
      opened += 1
    }
    // The whole opens, and shows that the rest was not refused for another reason.
    #expect(exercise(sample.bytes))
    #expect(opened < sample.headerBytes)
  }

  @Test("a file with damaged fields opens or is refused", arguments: Sample.all)
  func mutated(sample: Sample) {
    var generator = SeededGenerator(seed: UInt64(sample.bytes.count))
    let extremes: [UInt64] = [
      0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, .max, .max - 1, 1 << 63, UInt64(sample.bytes.count),
      0xffff,
    ]
    for _ in 0..<1500 {
      var bytes = sample.bytes
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let place = Int.random(in: 4..<min(sample.headerBytes, bytes.count) - 8, using: &generator)
        switch UInt8.random(in: 0..<4, using: &generator) {
        case 0: bytes[place] = .random(in: 0...255, using: &generator)
        case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2:
          let value = extremes.randomElement(using: &generator) ?? 0
          let width = [2, 4, 8].randomElement(using: &generator) ?? 4
          for index in 0..<width {
            bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
          }
        default: bytes.remove(at: place)
        }
      }
      exercise(bytes)
    }
  }

  @Test(
    "every aligned word of the headers set to an extreme value opens or is refused", arguments: Sample.all)
  func extremes(sample: Sample) {
    for place in stride(from: 4, to: min(sample.headerBytes, sample.bytes.count) - 8, by: 4) {
      // The middle of a zlib stream has no words.
      for value: UInt8 in [0, 0x7f, 0xff] {
        var bytes = sample.bytes
        for index in 0..<8 { bytes[place + index] = value }
        exercise(bytes)
      }
    }
  }

  @Test(
    "PN_XNUM with a huge count is refused by the limit, not by running out of memory",
    arguments: [
      UInt32(1) << 20 + 1, 0x7fff_ffff, .max,
    ])
  func hugeCount(count: UInt32) {
    var writer = ELFCoreWriter()
    writer.hasExtendedCount = true
    writer.claimedCount = count
    writer.segments = [.init(0, pattern(1))]
    #expect(failure(writer.bytes())?.reason == .limit)
    writer.claimedCount = 1 << 20
    #expect(failure(writer.bytes())?.reason == .truncated)
  }

  @Test(
    "program headers beyond the end, or where the offset wraps, are refused with the offset",
    arguments: [
      1 << 20, UInt64.max, UInt64.max - 55, 1 << 63,
    ])
  func tableOutside(offset: UInt64) {
    var writer = ELFCoreWriter()
    writer.claimedTableOffset = offset
    writer.segments = [.init(0, pattern(1))]
    let error = failure(writer.bytes())
    #expect(error?.reason == .truncated)
    #expect(error?.offset == offset)
  }

  @Test("segments whose offsets wrap are truncated, and huge sizes cost no memory")
  func wrappingSegments() throws {
    var writer = ELFCoreWriter()
    var wrapping = ELFCoreWriter.Segment(0x1000, pattern(1))
    wrapping.claimedOffset = .max - 10
    var huge = ELFCoreWriter.Segment(0x10_0000, pattern(2))
    huge.claimedFileBytes = .max
    writer.segments = [wrapping, huge, .init(0x8_0000, [], memoryBytes: .max)]
    let image = try MemoryImage.open(bytes: writer.bytes())
    #expect(read(image, 0x1000, 8) == .failure(.truncated))
    #expect(read(image, 0x10_0000, 4096) == .success(pattern(2)))
    #expect(read(image, 1 << 40, 8) == .failure(.truncated))
    #expect(read(image, 0x9_0000, 8) == .failure(.excluded))
    #expect(image.isIncomplete)
  }

  @Test("bitmaps that lie about their size, and frame counts near 2^64, are refused")
  func bitmaps() {
    var writer = KdumpWriter()
    writer.frames = [1: .page(pattern(1), .zlib)]
    for count: UInt64 in [1 << 20, 1 << 35, 1 << 60, .max] {
      writer.claimedFrameCount = count
      #expect(failure(writer.bytes()) != nil)
    }
    writer.claimedFrameCount = nil
    for blocks: UInt32 in [0, 1 << 20, .max] {
      writer.claimedBitmapBlocks = blocks
      #expect(failure(writer.bytes()) != nil)
    }
    // A count that fits the claimed bitmap, which is not in the file; and one beyond the limit.
    writer.claimedBitmapBlocks = .max
    writer.claimedFrameCount = 1 << 33
    #expect(failure(writer.bytes())?.reason == .truncated)
    writer.claimedFrameCount = 1 << 35
    #expect(failure(writer.bytes())?.reason == .limit)
  }

  @Test("a snappy page that claims to become huge is corrupt, and so is a chunk")
  func decompressionBombs() throws {
    // The size comes first: 0xffffffff in seven bits a byte.
    let bomb: [UInt8] = [0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0]
    var kdump = KdumpWriter()
    kdump.frames = [1: .page(pattern(1), .none)]
    var bytes = kdump.bytes()
    let place = bytes.count - 4096
    bytes.replaceSubrange(place..<(place + bomb.count), with: bomb)
    // The descriptor's size and flags.
    bytes.replaceSubrange((place - 16)..<(place - 8), with: [7, 0, 0, 0, 4, 0, 0, 0])
    #expect(read(try MemoryImage.open(bytes: bytes), 0x1000, 8) == .failure(.corrupt))
    var avml = avmlRecord(0x1000, pattern(1))
    avml.replaceSubrange((32 + 10 + 8)..<(32 + 10 + 8 + bomb.count), with: bomb)
    #expect(read(try MemoryImage.open(bytes: avml), 0x1000, 8) == .failure(.corrupt))
  }

  @Test("an empty file, a folder and a missing file are refused by name")
  func noFiles() {
    for path in ["/", "/dev/null", "/nonexistent/image"] {
      let error = #expect(throws: ImageError.self) { try MemoryImage.open(path: path) }
      #expect(error?.description.hasPrefix(path + ": ") == true)
    }
    #expect(failure([])?.reason == .truncated)
  }
}
