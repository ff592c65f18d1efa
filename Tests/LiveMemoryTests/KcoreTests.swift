import Testing

@testable import LiveMemory

/// Puts the beginning of a kcore together.
private struct KcoreWriter {
  struct Header {
    var type: UInt32 = 1
    var offset: UInt64
    var virtual: UInt64
    var physical: UInt64
    var size: UInt64
  }

  var headers: [Header]
  var entryBytes = 56
  var table: UInt64 = 64

  var bytes: [UInt8] {
    var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    func add(_ value: UInt64, _ count: Int) {
      for byte in 0..<count { file.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))) }
    }
    add(4, 2)
    add(62, 2)
    add(1, 4)
    add(0, 8)
    add(table, 8)
    add(0, 8)
    add(0, 4)
    add(64, 2)
    add(UInt64(entryBytes), 2)
    add(UInt64(headers.count), 2)
    add(0, 6)
    for header in headers {
      add(UInt64(header.type), 4)
      add(7, 4)
      add(header.offset, 8)
      add(header.virtual, 8)
      add(header.physical, 8)
      add(header.size, 8)
      add(header.size, 8)
      add(0, 8)
    }
    return file
  }

  func segments() throws -> KcoreSegments {
    let bytes = bytes
    return try KcoreSegments { offset, count throws(SystemFile.Failure) in
      guard offset < UInt64(bytes.count) else { return [] }
      return Array(bytes[Int(offset)..<min(bytes.count, Int(offset) + count)])
    }
  }
}

@Suite("/proc/kcore")
struct KcoreTests {
  private let direct: UInt64 = 0xffff_8880_0000_0000
  private var usual: KcoreWriter {
    KcoreWriter(headers: [
      .init(type: 4, offset: 0x1000, virtual: 0, physical: 0, size: 0xd00),
      .init(offset: 0x7fff_8100_3000, virtual: 0xffff_ffff_8100_0000, physical: 0x100_0000, size: 0x40_0000),
      .init(offset: 0x4880_0000_3000, virtual: 0xffff_c880_0000_0000, physical: .max, size: 1 << 45),
      .init(offset: 0x880_0000_4000, virtual: 0xffff_8880_0000_1000, physical: 0x1000, size: 0x9_e000),
      .init(offset: 0x880_0010_3000, virtual: 0xffff_8880_0010_0000, physical: 0x10_0000, size: 0xfef_0000),
    ])
  }

  @Test("RAM is what has a physical address; the kernel's image is RAM that is there twice")
  func ranges() throws {
    let segments = try usual.segments()
    #expect(segments.ram.map(\.physical) == [0x1000...0x9_efff, 0x10_0000...0xffe_ffff])
    #expect(segments.image == 0x100_0000...0x13f_ffff)
    #expect(segments.directMapOffset == direct)
  }

  @Test(
    "an address is at its segment's place in the file, and nothing is between segments or across their ends")
  func offsets() throws {
    let segments = try usual.segments()
    #expect(segments.offset(of: 0x1000, count: 8) == 0x880_0000_4000)
    #expect(segments.offset(of: 0x10_0010, count: 8) == 0x880_0010_3010)
    #expect(segments.offset(of: 0xffe_fff8, count: 8) == 0x880_0fff_2ff8)
    for address: UInt64 in [0, 0xff8, 0x9_eff9, 0x9_f000, 0xffe_fff9, 0xfff_0000, .max] {
      #expect(segments.offset(of: address, count: 8) == nil, "\(address)")
    }
    #expect(segments.offset(of: 0x1000, count: 0) == nil)
  }

  @Test("headers that contradict themselves are refused, whatever they say", arguments: 0..<64)
  func damage(_ place: Int) throws {
    let bytes = usual.bytes
    for value: UInt8 in [0, 1, 0x7f, 0x80, 0xff] {
      var damaged = bytes
      damaged[place] = value
      // An answer or a refusal; never a trap.
      _ = try? KcoreSegments { offset, count throws(SystemFile.Failure) in
        guard offset < UInt64(damaged.count) else { return [] }
        return Array(damaged[Int(offset)..<min(damaged.count, Int(offset) + count)])
      }
    }
    #expect(throws: RungRefusal.self) {
      try KcoreSegments { offset, count throws(SystemFile.Failure) in
        guard offset < UInt64(place) else { return [] }
        return Array(bytes[Int(offset)..<min(place, Int(offset) + count)])
      }
    }
  }
}
