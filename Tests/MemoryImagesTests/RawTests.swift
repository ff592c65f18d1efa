import ImageWriters
import MemoryImages
import PageTables
import Testing

@Suite("Raw images")
struct RawTests {
  private func options(base: UInt64? = nil, map: String? = nil) throws -> ImageOptions {
    var options = ImageOptions()
    options.baseAddress = base.map { PhysicalAddress($0) }
    if let map { options.memoryMap = try MemoryMap(text: map, named: "iomem") }
    return options
  }

  @Test("a file without a signature is raw, from the base on, and without a base a note says from 0 on")
  func base() throws {
    let bytes = pattern(1, count: 1 << 20)
    let placed = try MemoryImage.open(bytes: bytes, options: try options(base: 0x4000_0000))
    #expect(placed.kind == .raw && placed.notes == [])
    #expect(read(placed, 0x4000_0000, 1 << 20) == .success(bytes))
    #expect(read(placed, 0x3fff_fffc, 8) == .failure(.outsideRAM))
    #expect(read(placed, 0x400f_fffc, 8) == .failure(.outsideRAM))
    let unplaced = try MemoryImage.open(bytes: bytes)
    #expect(read(unplaced, 0, 8) == .success(Array(bytes.prefix(8))))
    #expect(unplaced.notes.contains { $0.contains("from address 0") })
  }

  @Test("a base so high that the file runs past 2^64 is refused")
  func highBase() throws {
    #expect(failure(pattern(1), try options(base: .max - 4094))?.reason == .options)
    #expect(failure(pattern(1), try options(base: .max - 4095)) == nil)
  }

  @Test("an odd size may be a concatenation, which a note says")
  func oddSize() throws {
    let image = try MemoryImage.open(bytes: pattern(1, count: (1 << 20) + 4096))
    #expect(image.notes.contains { $0.contains("concatenation") })
  }

  static let map =
    "00001000-00002fff : System RAM\n  00001000-00001fff : Kernel code\n00003000-00003fff : Reserved\n"
    + "00010000-00010fff : System RAM\n"

  @Test("a file as large as the ranges together is a concatenation of them")
  func concatenation() throws {
    let bytes = pattern(1, count: 0x3000)
    let image = try MemoryImage.open(bytes: bytes, options: try options(map: Self.map))
    #expect(read(image, 0x1000, 0x2000) == .success(Array(bytes.prefix(0x2000))))
    #expect(read(image, 0x10000, 0x1000) == .success(Array(bytes.suffix(0x1000))))
    #expect(read(image, 0x3000, 8) == .failure(.outsideRAM))
    #expect(image.notes.contains { $0.contains("one behind the other") })
  }

  @Test("a file that reaches to the last range has all addresses")
  func padded() throws {
    let bytes = pattern(1, count: 0x11000)
    let image = try MemoryImage.open(bytes: bytes, options: try options(map: Self.map))
    #expect(read(image, 0x10000, 0x1000) == .success(Array(bytes.suffix(0x1000))))
    #expect(read(image, 0x3000, 8) == .failure(.outsideRAM))
    let higher = try MemoryImage.open(bytes: bytes, options: try options(base: 0x1000, map: Self.map))
    #expect(read(higher, 0x1000, 8) == .success(Array(bytes.prefix(8))))
  }

  @Test("a file of neither size is refused, and the message has both")
  func mismatch() throws {
    let error = try #require(failure(pattern(1, count: 0x4000), try options(map: Self.map)))
    #expect(error.reason == .options)
    #expect(error.description.contains("16384") && error.description.contains("12288"))
  }

  @Test("any file can be forced to be raw")
  func forced() throws {
    var options = ImageOptions()
    options.forcedKind = .raw
    let bytes = limeRecord(0, pattern(1))
    let image = try MemoryImage.open(bytes: bytes, options: options)
    #expect(image.kind == .raw)
    #expect(read(image, 0, 32) == .success(Array(bytes.prefix(32))))
    options.forcedKind = .elf
    #expect(failure(bytes, options)?.reason == .options)
  }

  struct Foreign: Sendable, CustomTestStringConvertible {
    var name: String
    var head: [UInt8]
    var testDescription: String { name }

    static let all = [
      Foreign(name: "gzip", head: [0x1f, 0x8b, 8]),
      Foreign(name: "libvirt migration stream", head: Array("LibvirtQemudSave".utf8)),
      Foreign(name: "QEMU migration stream", head: Array("QEVM".utf8)),
      Foreign(name: "VMware", head: [0xd2, 0xbe, 0xd2, 0xbe]),
      Foreign(name: "zstd", head: [0x28, 0xb5, 0x2f, 0xfd]),
    ]
  }

  @Test("known files of other kinds are refused with advice", arguments: Foreign.all)
  func foreign(_ foreign: Foreign) {
    let error = failure(foreign.head + pattern(1))
    #expect(error?.reason == .unsupported)
    #expect(error?.advice != nil)
  }
}

@Suite("Memory maps")
struct MemoryMapTests {
  @Test("only RAM of the top level counts, and lines without a name all do")
  func lines() throws {
    #expect(try MemoryMap(text: RawTests.map, named: "").ranges == [0x1000...0x2fff, 0x10000...0x10fff])
    #expect(
      try MemoryMap(text: "# mine\n 0x2000-0x2fff \n0-fff\n\n", named: "").ranges == [
        0...0xfff, 0x2000...0x2fff,
      ])
  }

  struct Bad: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String
    var expected: String

    static let all = [
      Bad(testDescription: "all zero", text: "00000000-00000000 : System RAM\n", expected: "root"),
      Bad(testDescription: "no RAM", text: "00001000-00001fff : Reserved\n", expected: "no line"),
      Bad(testDescription: "overlap", text: "0-1fff\n1000-2fff", expected: "overlap"),
      Bad(testDescription: "backwards", text: "0-fff\n2000-1fff", expected: "line 2"),
      Bad(testDescription: "no number", text: "0-zzz", expected: "line 1"),
      Bad(testDescription: "too large", text: "0-11112222333344445", expected: "line 1"),
    ]
  }

  @Test("a bad map is refused with the reason", arguments: Bad.all)
  func bad(_ bad: Bad) throws {
    let error = #expect(throws: ImageError.self) { try MemoryMap(text: bad.text, named: "map") }
    #expect(try #require(error).description.contains(bad.expected))
  }
}
