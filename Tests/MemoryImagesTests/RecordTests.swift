import ImageWriters
import MemoryImages
import PageTables
import Testing

@Suite("LiME and AVML")
struct RecordTests {
  @Test("records are placed by their heads, in any order and either byte order", arguments: [false, true])
  func lime(bigEndian: Bool) throws {
    let bytes =
      limeRecord(0x10_0000, pattern(2, count: 8192), bigEndian: bigEndian)
      + limeRecord(0x1000, pattern(1), bigEndian: bigEndian)
    let image = try MemoryImage.open(bytes: bytes)
    #expect(image.kind == .lime)
    #expect(read(image, 0x1000, 4096) == .success(pattern(1)))
    #expect(read(image, 0x10_0000, 8192) == .success(pattern(2, count: 8192)))
    #expect(read(image, 0x2000, 8) == .failure(.outsideRAM))
    #expect(Array(image.ranges) == [range(0x1000, 0x1fff, .present), range(0x10_0000, 0x10_1fff, .present)])
    #expect(!image.isIncomplete)
  }

  @Test("the end of a record is inclusive: requests cross into a record that touches")
  func touching() throws {
    let all = pattern(5, count: 0x10_000)
    let bytes = stride(from: 0, to: 0x10_000, by: 0x1000).flatMap {
      limeRecord(UInt64($0), Array(all[$0..<($0 + 0x1000)]))
    }
    let image = try MemoryImage.open(bytes: bytes)
    #expect(read(image, 0, 0x10_000) == .success(all))
    #expect(Array(image.ranges) == [range(0, 0xffff, .present)])
  }

  @Test("the last record may be cut short")
  func cut() throws {
    let bytes = limeRecord(0x1000, pattern(1)) + limeRecord(0x8000, pattern(2, count: 8192))
    let image = try MemoryImage.open(bytes: Array(bytes.dropLast(4096)))
    #expect(image.isIncomplete)
    #expect(read(image, 0x8000, 4096) == .success(Array(pattern(2, count: 8192).prefix(4096))))
    #expect(read(image, 0x9000, 8) == .failure(.truncated))
  }

  @Test("an empty head closes the file; anything else that is no head is named")
  func trailer() throws {
    let record = limeRecord(0x1000, pattern(1))
    #expect(try !MemoryImage.open(bytes: record + [UInt8](repeating: 0, count: 64)).isIncomplete)
    let odd = try MemoryImage.open(bytes: record + [UInt8](repeating: 0x55, count: 64))
    #expect(odd.isIncomplete)
    #expect(odd.notes.contains { $0.contains("0x1020") })
    #expect(read(odd, 0x1000, 4096) == .success(pattern(1)))
  }

  @Test("with the machine's memory map a gap in RAM is excluded, and a gap elsewhere is not RAM")
  func gaps() throws {
    var options = ImageOptions()
    options.memoryMap = try MemoryMap(text: "00001000-00003fff : System RAM\n", named: "iomem")
    let bytes = limeRecord(0x1000, pattern(1)) + limeRecord(0x3000, pattern(3))
    let image = try MemoryImage.open(bytes: bytes, options: options)
    #expect(read(image, 0x2000, 8) == .failure(.excluded))
    #expect(read(image, 0x4000, 8) == .failure(.outsideRAM))
  }

  @Test(
    "gaps that AVML may have left out of an uncompressed image are no RAM, and a note says what they may be")
  func uncompressedAVML() throws {
    let block = [UInt8](repeating: 7, count: 16 << 20)
    let image = try MemoryImage.open(bytes: limeRecord(0x10_0000, block) + limeRecord(0x310_0000, pattern(2)))
    #expect(read(image, 0x110_0000, 8) == .failure(.outsideRAM))
    #expect(image.notes.contains { $0.hasPrefix("32 MiB between records") })
    #expect(
      try MemoryImage.open(bytes: limeRecord(0, pattern(1)) + limeRecord(0x100_1000, pattern(2))).notes == [])
  }

  @Test("a compressed LiME image is inflated once, heads included")
  func compressed() throws {
    let plain =
      limeRecord(0x1000, pattern(1)) + limeRecord(0x10_0000, [UInt8](repeating: 0, count: 3 << 20))
      + limeRecord(0x80_0000, pattern(2, count: 1 << 20))
    let bytes = Compression.zlib.encode(plain)
    let image = try MemoryImage.open(bytes: bytes)
    #expect(image.kind == .lime)
    #expect(!image.isIncomplete)
    #expect(read(image, 0x1000, 4096) == .success(pattern(1)))
    #expect(read(image, 0x20_0000, 64) == .success([UInt8](repeating: 0, count: 64)))
    #expect(read(image, 0x80_0000, 1 << 20) == .success(pattern(2, count: 1 << 20)))
    // What came before the damage is used.
    let cut = try MemoryImage.open(bytes: Array(bytes.dropLast(bytes.count / 4)))
    #expect(cut.isIncomplete)
    #expect(cut.notes.contains { $0.contains("cut short") })
    #expect(read(cut, 0x1000, 4096) == .success(pattern(1)))
    #expect(read(cut, 0x8f_f000, 8) == .failure(.truncated))
  }

  @Test("a compressed LiME image beyond the limit is refused before the limit is written")
  func limit() {
    var options = ImageOptions()
    options.inflateLimitBytes = 1 << 20
    let bytes = Compression.zlib.encode(limeRecord(0, [UInt8](repeating: 0, count: 4 << 20)))
    #expect(failure(bytes, options)?.reason == .limit)
    options.inflateLimitBytes = 64 << 20
    options.temporaryFolder = "/nonexistent"
    #expect(failure(bytes, options)?.reason == .system)
  }

  @Test("AVML records are decoded chunk by chunk, compressed or not")
  func avml() throws {
    let all = pattern(4, count: 300_000 / 4096 * 4096)
    let image = try MemoryImage.open(bytes: avmlRecord(0x1000, pattern(1)) + avmlRecord(0x10_0000, all))
    #expect(image.kind == .avml)
    #expect(!image.isIncomplete && image.notes == [])
    #expect(read(image, 0x1000, 4096) == .success(pattern(1)))
    #expect(read(image, 0x10_0000, all.count) == .success(all))
    // From one chunk into the next.
    #expect(read(image, 0x10_fffc, 8) == .success(Array(all[0xfffc..<0x10004])))
    #expect(read(image, 0x10_0000 + UInt64(all.count) - 4, 8) == .failure(.outsideRAM))
    #expect(read(image, 0x2000, 8) == .failure(.outsideRAM))
  }

  @Test("a stream that holds more than its record says gives no more", arguments: [0x1000, UInt64.max - 99])
  func overlongStream(start: UInt64) throws {
    var bytes = avmlRecord(0x1000, pattern(1))
    bytes.replaceSubrange(0..<32, with: recordHead(magic: "AVML", version: 2, start, start + 99))
    let image = try MemoryImage.open(bytes: bytes)
    #expect(read(image, start, 100) == .success(Array(pattern(1).prefix(100))))
    #expect(read(image, start, 101) == .failure(.outsideRAM))
    #expect(read(image, start + 99, 2) == .failure(.outsideRAM))
  }

  @Test("chunks of odd sizes are found too")
  func oddChunks() throws {
    let all = pattern(4, count: 40_960)
    let image = try MemoryImage.open(bytes: avmlRecord(0x1000, all, chunkBytes: 1021))
    for address in stride(from: UInt64(0x1000), to: 0x1000 + 40_960 - 8, by: 509) {
      let place = Int(address - 0x1000)
      #expect(read(image, address, 8) == .success(Array(all[place..<(place + 8)])))
    }
  }

  @Test("blocks of 16 MiB that AVML left out are zero, and a note says that this is inferred")
  func zeroBlocks() throws {
    let block = [UInt8](repeating: 7, count: 16 << 20)
    let bytes =
      avmlRecord(0x10_0000, block) + avmlRecord(0x210_0000, pattern(2)) + avmlRecord(0x400_0000, pattern(3))
    let image = try MemoryImage.open(bytes: bytes)
    #expect(read(image, 0x110_0000, 4096) == .success([UInt8](repeating: 0, count: 4096)))
    #expect(read(image, 0x210_0000 - 4, 8) == .success([0, 0, 0, 0] + pattern(2).prefix(4)))
    // The record before this gap is no whole block: it ended its range.
    #expect(read(image, 0x300_0000, 8) == .failure(.outsideRAM))
    #expect(image.notes.contains { $0.contains("16 MiB between records") })
    #expect(image.ranges.map(\.state) == [.present, .zero, .present, .present])
  }

  @Test("with the machine's memory map the zeros of an AVML image are known")
  func zerosByMap() throws {
    var options = ImageOptions()
    options.memoryMap = try MemoryMap(text: "0-fff : System RAM\n1000-5fff : System RAM", named: "iomem")
    let image = try MemoryImage.open(bytes: avmlRecord(0x2000, pattern(1)), options: options)
    #expect(read(image, 0, 8) == .success([UInt8](repeating: 0, count: 8)))
    #expect(read(image, 0x6000, 8) == .failure(.outsideRAM))
    #expect(image.notes == [])
  }

  @Test("a cut or damaged AVML stream is truncated or corrupt from there on, and whole before")
  func damagedAVML() throws {
    let all = pattern(4, count: 262_144)
    let bytes = avmlRecord(0x1000, pattern(1)) + avmlRecord(0x10_0000, all)
    let cut = try MemoryImage.open(bytes: Array(bytes.dropLast(20_000)))
    #expect(cut.isIncomplete)
    #expect(read(cut, 0x1000, 4096) == .success(pattern(1)))
    #expect(read(cut, 0x10_0000, 65_536) == .success(Array(all.prefix(65_536))))
    #expect(read(cut, 0x10_0000 + 262_136, 8) == .failure(.truncated))
    var damaged = bytes
    // The head of the second record's first chunk becomes a type that does not exist.
    let place = avmlRecord(0x1000, pattern(1)).count + 32 + 10
    damaged[place] = 0x33
    let image = try MemoryImage.open(bytes: damaged)
    #expect(read(image, 0x10_0000, 8) == .failure(.corrupt))
    #expect(read(image, 0x1000, 8) == .success(Array(pattern(1).prefix(8))))
  }
}
