import ImageWriters
import MemoryImages
import PageTables
import Testing

@Suite("Hostile images")
struct ImageTests {
  private func open(_ bytes: [UInt8], _ options: ImageOptions = ImageOptions()) -> Result<
    MemoryImage, ImageError
  > {
    do throws(ImageError) {
      return .success(try MemoryImage.open(bytes: bytes, options: options))
    } catch {
      return .failure(error)
    }
  }

  private func fault(_ image: MemoryImage, _ address: UInt64, _ count: Int) -> MemoryFault? {
    do throws(MemoryFault) {
      try image.withBytes(at: PhysicalAddress(address), count: count) { _ in }
      return nil
    } catch {
      return error
    }
  }

  private func bytes(_ image: MemoryImage, _ address: UInt64, _ count: Int) throws -> [UInt8] {
    try image.withBytes(at: PhysicalAddress(address), count: count) { $0.withUnsafeBytes { Array($0) } }
  }

  struct Empty: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var options: ImageOptions

    static let all: [Empty] = {
      var raw = ImageOptions()
      raw.forcedKind = .raw
      raw.baseAddress = PhysicalAddress(0x1000)
      return [
        Empty(testDescription: "recognised", options: ImageOptions()),
        Empty(testDescription: "raw", options: raw),
      ]
    }()
  }

  /// Found by the fuzzers: the size of an empty file, less one, was a trap.
  @Test("an empty file is truncated, by name", arguments: Empty.all)
  func empty(test: Empty) {
    guard case .failure(let error) = open([], test.options) else {
      Issue.record("it opened")
      return
    }
    #expect(error.reason == .truncated)
    #expect(error.description == "bytes[0]: at offset 0x0: the file is empty")
  }

  struct Cut: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var page: UInt64

    static let all: [Cut] = {
      var elf = ELFCoreWriter()
      elf.segments = [.init(0x1000, pattern(1)), .init(0x2000, pattern(2))]
      var kdump = KdumpWriter()
      kdump.frames = [1: .page(pattern(1), .none), 2: .page(pattern(2), .none)]
      return [
        Cut(testDescription: "ELF", bytes: elf.bytes(), page: 0x2000),
        Cut(testDescription: "kdump", bytes: kdump.bytes(), page: 0x2000),
        Cut(
          testDescription: "LiME", bytes: limeRecord(0x1000, pattern(1)) + limeRecord(0x2000, pattern(2)),
          page: 0x2000),
        Cut(
          testDescription: "AVML", bytes: avmlRecord(0x1000, pattern(1)) + avmlRecord(0x2000, pattern(2)),
          page: 0x2000),
      ]
    }()
  }

  @Test(
    "a file cut inside its last page serves the first one and says that the rest is truncated",
    arguments: Cut.all)
  func cut(test: Cut) throws {
    let whole = try open(test.bytes).get()
    #expect(try bytes(whole, test.page, 4096) == pattern(2))
    #expect(!whole.isIncomplete)
    let image = try open(Array(test.bytes.dropLast(100))).get()
    #expect(try bytes(image, 0x1000, 4096) == pattern(1))
    #expect(fault(image, test.page + 4095, 1) == .truncated)
    #expect(image.isIncomplete)
    #expect(!image.notes.isEmpty)
  }

  @Test(
    "segments that are unsorted and overlap become ascending, disjoint ranges; the first in the file wins")
  func overlapping() throws {
    var elf = ELFCoreWriter()
    elf.segments = [
      .init(0x3000, pattern(3)), .init(0x1000, pattern(1, count: 8192)),
      .init(0x2000, pattern(2, count: 8192)),
    ]
    let image = try open(elf.bytes()).get()
    let present = ImageRange(start: PhysicalAddress(0x1000), last: PhysicalAddress(0x3fff), state: .present)
    #expect(Array(image.ranges) == [present])
    #expect(try bytes(image, 0x2000, 4096) == Array(pattern(1, count: 8192).suffix(4096)))
    #expect(try bytes(image, 0x3000, 4096) == pattern(3))
    #expect(try bytes(image, 0x2ff8, 16) == Array(pattern(1, count: 8192).suffix(8)) + pattern(3).prefix(8))
  }

  /// Found by the fuzzers: what follows the last address of all was computed.
  @Test("a request past 2^64 is outside RAM", arguments: [9, 4096, 65_536])
  func top(count: Int) throws {
    var elf = ELFCoreWriter()
    elf.segments = [.init(.max - 4095, pattern(1))]
    let image = try open(elf.bytes()).get()
    #expect(try bytes(image, .max - 7, 8) == Array(pattern(1).suffix(8)))
    #expect(fault(image, .max - 7, count) == .outsideRAM)
  }

  @Test(
    "counts of bytes that no request may have are unreadable, and huge ones take no memory",
    arguments: [0, -1, Int.min, 1 << 40, Int.max])
  func counts(count: Int) throws {
    var elf = ELFCoreWriter()
    elf.segments = [.init(0, [1], memoryBytes: 1 << 62)]
    let image = try open(elf.bytes()).get()
    #expect(fault(image, 0, count) == .unreadable)
  }

  @Test("a count of program headers near 2^32 is refused by the limit, in one line that names the file")
  func headerCount() {
    var elf = ELFCoreWriter()
    elf.hasExtendedCount = true
    elf.claimedCount = .max
    elf.segments = [.init(0, pattern(1))]
    guard case .failure(let error) = open(elf.bytes()) else {
      Issue.record("it opened")
      return
    }
    #expect(error.reason == .limit)
    #expect(error.description.hasPrefix("bytes[0]: at offset 0x38: 4294967295 program headers"))
  }

  @Test("a kdump with frames near 2^64 is refused")
  func frameCount() {
    var kdump = KdumpWriter()
    kdump.frames = [1: .page(pattern(1), .none)]
    kdump.claimedFrameCount = .max
    guard case .failure(let error) = open(kdump.bytes()) else {
      Issue.record("it opened")
      return
    }
    #expect(error.reason == .malformed)
  }

  @Test(
    "a page that does not decompress is corrupt, and its neighbours are served",
    arguments: Compression.allCases.filter { $0 != .none })
  func corrupt(compression: Compression) throws {
    var kdump = KdumpWriter()
    kdump.frames = [
      1: .page(pattern(1), compression), 2: .page(pattern(2), .none), 3: .page(pattern(3), compression),
    ]
    var file = kdump.bytes()
    let stored = compression.encode(pattern(1))
    let place = try #require(file.firstRange(of: stored)?.lowerBound)
    for index in 0..<stored.count { file[place + index] = 0xff }
    let image = try open(file).get()
    #expect(fault(image, 0x1000, 8) == .corrupt)
    #expect(try bytes(image, 0x2000, 4096) == pattern(2))
    #expect(try bytes(image, 0x3000, 4096) == pattern(3))
    #expect(fault(image, 0x0ff8, 16) == .outsideRAM)
    #expect(fault(image, 0x1ff8, 16) == .corrupt)
  }
}
