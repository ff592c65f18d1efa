import ImageWriters
import MemoryImages
import PageTables
import Testing

@Suite("Split and flattened dumps")
struct KdumpSplitTests {
  private func parts(_ borders: [UInt64], version: UInt32 = 6) -> [[UInt8]] {
    zip(borders, borders.dropFirst()).map { start, end in
      var writer = KdumpWriter()
      writer.version = version
      writer.part = start..<end
      for frame in 0..<UInt64(64) {
        writer.frames[frame] = frame % 5 == 4 ? .excluded : .page(pattern(frame), .zlib)
      }
      return writer.bytes()
    }
  }

  @Test(
    "the parts of a set make one memory, in whatever order they are named", arguments: [2, 6] as [UInt32])
  func whole(version: UInt32) throws {
    let parts = parts([0, 10, 33, 64], version: version)
    let image = try MemoryImage.open(bytes: parts[2], further: [parts[0], parts[1]])
    #expect(!image.isIncomplete)
    for frame in 0..<UInt64(64) {
      #expect(
        read(image, frame << 12, 4096) == (frame % 5 == 4 ? .failure(.excluded) : .success(pattern(frame))))
    }
  }

  @Test("the frames of a missing part are truncated, and the part is named")
  func missing() throws {
    let parts = parts([0, 10, 33, 64])
    let image = try MemoryImage.open(bytes: parts[0], further: [parts[2]])
    #expect(image.isIncomplete)
    #expect(image.notes.contains { $0.contains("0xa000 to 0x21000") })
    #expect(read(image, 0x9000, 8) == .failure(.excluded))
    #expect(read(image, 0xa000, 8) == .failure(.truncated))
    #expect(read(image, 33 << 12, 4096) == .success(pattern(33)))
    #expect(image.ranges.contains { $0 == range(0xa000, 0xdfff, .truncated) })
  }

  @Test("dumps that do not belong together are refused")
  func strangers() throws {
    var other = KdumpWriter()
    other.frames = [1: .page(pattern(1), .zlib)]
    other.part = 10..<64
    other.frameCount = 65
    let first = parts([0, 10])[0]
    #expect(throws: ImageError.self) { try MemoryImage.open(bytes: first, further: [other.bytes()]) }
    other.part = nil
    #expect(throws: ImageError.self) { try MemoryImage.open(bytes: first, further: [other.bytes()]) }
    #expect(throws: ImageError.self) {
      try MemoryImage.open(bytes: limeRecord(0, pattern(1)), further: [first])
    }
  }

  private var kdump: [UInt8] {
    var writer = KdumpWriter()
    for frame in 0..<UInt64(64) { writer.frames[frame] = .page(pattern(frame), .zlib) }
    return writer.bytes()
  }

  @Test(
    "a flattened dump is read whatever the size and order of its records",
    arguments: [1, 24, 100, 4096, 1 << 20])
  func flattened(recordBytes: Int) throws {
    let kdump = recordBytes == 1 ? Array(kdump.prefix(4096 * 6)) : kdump
    var generator = SeededGenerator(seed: UInt64(recordBytes))
    let bytes = flatten(kdump, recordBytes: recordBytes) { $0.shuffled(using: &generator) }
    let image = try MemoryImage.open(bytes: bytes)
    let plain = try MemoryImage.open(bytes: kdump)
    #expect(image.kind == .kdump)
    #expect(image.isIncomplete == plain.isIncomplete)
    for frame in 0..<UInt64(64) { #expect(read(image, frame << 12, 4096) == read(plain, frame << 12, 4096)) }
    #expect(read(image, 0, 4096) == .success(pattern(0)))
    #expect(Array(image.ranges) == Array(plain.ranges))
  }

  @Test("a flattened ELF core is read in place, and requests cross its records")
  func flattenedELF() throws {
    var writer = ELFCoreWriter()
    writer.segments = [.init(0x1000, pattern(1, count: 0x8000), memoryBytes: 0x9000)]
    let bytes = flatten(writer.bytes(), recordBytes: 1000) { $0.reversed() }
    let image = try MemoryImage.open(bytes: bytes)
    #expect(image.kind == .elf)
    #expect(read(image, 0x1000, 0x8000) == .success(pattern(1, count: 0x8000)))
    #expect(read(image, 0x9000, 1) == .failure(.excluded))
    #expect(Array(image.ranges) == [range(0x1000, 0x8fff, .present), range(0x9000, 0x9fff, .excluded)])
  }

  @Test(
    "holes of a closed flattened dump are zero; without the closing record they are truncated",
    arguments: [true, false])
  func holes(closed: Bool) throws {
    var writer = ELFCoreWriter()
    writer.segments = [.init(0x1000, pattern(1, count: 0x4000))]
    let start = writer.bytes().count - 0x4000
    // Records begin at multiples of their size, so the data does not: records 0x1000 to 0x2fff are left out.
    let bytes = flatten(writer.bytes(), recordBytes: 0x800, closed: closed, holes: 0x1000..<0x3000)
    let image = try MemoryImage.open(bytes: bytes)
    #expect(image.isIncomplete == !closed)
    let first = 0x1000 + UInt64(0x1000 - start)
    #expect(
      read(image, first, 8) == (closed ? .success([UInt8](repeating: 0, count: 8)) : .failure(.truncated)))
    #expect(image.ranges.contains { $0 == range(first, first + 0x1fff, closed ? .zero : .truncated) })
    #expect(
      read(image, first - 8, 8)
        == .success(Array(pattern(1, count: 0x4000)[(0x1000 - start - 8)..<(0x1000 - start)])))
  }

  @Test("where records overlap the later one counts")
  func overlap() throws {
    var writer = ELFCoreWriter()
    writer.segments = [.init(0x1000, pattern(1))]
    let right = writer.bytes()
    var wrong = right
    for index in 200..<2000 { wrong[index] = 0xee }
    let body =
      flatten(wrong, recordBytes: 1 << 20, closed: false) + flatten(right, recordBytes: 333).dropFirst(4096)
    #expect(read(try MemoryImage.open(bytes: body), 0x1000, 4096) == .success(pattern(1)))
  }

  @Test("a flattened dump with impossible records is refused with its place")
  func impossible() {
    var bytes = flatten([1, 2, 3], recordBytes: 1)
    for index in 4096..<4104 { bytes[index] = 0x80 }
    #expect(failure(bytes)?.offset == 4096)
    #expect(failure(Array(flatten([], recordBytes: 1).prefix(4096)))?.reason == .truncated)
    bytes[31] = 9
    #expect(failure(bytes)?.reason == .unsupported)
  }
}
