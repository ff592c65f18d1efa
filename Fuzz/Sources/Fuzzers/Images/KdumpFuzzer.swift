import MemoryImages
import SeedWriters

/// kdump-compressed dumps, every codec.
struct KdumpFuzzer: Fuzzer {
  let name = "kdump"

  func seeds() -> [[UInt8]] {
    var wide = Self.writer
    wide.notes = ELFFuzzer.notes
    var packed = Self.writer
    packed.layout = .packed32
    packed.machine = "i686"
    packed.hasTwoBitmaps = false
    var old = Self.writer
    old.version = 1
    old.isBigEndian = true
    old.machine = "ppc64"
    return [wide, packed, old].map { $0.bytes() }
  }

  func run(_ bytes: [UInt8]) { ImageExercise.run(Self.sign(bytes)) }

  /// A dump with blocks as small as they may be.
  static var writer: KdumpWriter {
    var writer = KdumpWriter()
    writer.blockBytes = 1024
    writer.vmcoreinfo = "OSRELEASE=6.1\n"
    for (frame, compression) in Compression.allCases.enumerated() {
      writer.frames[UInt64(frame)] = .page([UInt8](repeating: UInt8(frame), count: 1024), compression)
    }
    writer.frames[40] = .excluded
    writer.frames[41] = .same(as: 1)
    return writer
  }

  /// Spares the fuzzer the search for the signature.
  static func sign(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count > 8, bytes.first != 0x44 else { return bytes }
    return Array("KDUMP   ".utf8) + bytes.dropFirst(8)
  }
}

/// The parts of a split dump: the input says how long the first one is.
struct SplitKdumpFuzzer: Fuzzer {
  let name = "kdump-split"

  func seeds() -> [[UInt8]] {
    [KdumpWriter.Layout.wide, .packed32].map { layout in
      var parts = [KdumpFuzzer.writer, KdumpFuzzer.writer]
      for index in 0..<2 {
        parts[index].layout = layout
        parts[index].machine = layout == .wide ? "x86_64" : "i686"
        parts[index].part = index == 0 ? 0..<3 : 3..<64
      }
      let files = parts.map { $0.bytes() }
      var out = ByteWriter()
      out.put(UInt32(files[0].count))
      out.put(files[0] + files[1])
      return out.bytes
    }
  }

  func run(_ bytes: [UInt8]) {
    var input = InputReader(bytes)
    let count = input.number(UInt32.self)
    let first = input.take(Int(count))
    ImageExercise.run(KdumpFuzzer.sign(first), further: [KdumpFuzzer.sign(input.rest())])
  }
}

/// Flattened dumps: records in any order around any other kind of file.
///
/// An input has a byte of flags and then records with short heads, because real ones are 4096 bytes of header and
/// mostly zeros in their heads: 3 bytes of offset, 2 of size, data. Bit 0 of the flags leaves the closing record out,
/// bit 1 makes the records' heads the real ones, to be broken byte by byte.
struct FlattenedFuzzer: Fuzzer {
  let name = "flattened"

  func seeds() -> [[UInt8]] {
    let file = KdumpFuzzer.writer.bytes()
    var short = ByteWriter()
    short.put(UInt8(0))
    for start in stride(from: 0, to: file.count, by: 700).reversed() {
      let data = file[start..<min(start + 700, file.count)]
      short.put([UInt8(start & 0xff), UInt8(start >> 8 & 0xff), UInt8(start >> 16)])
      short.put(UInt16(data.count))
      short.put(data)
    }
    let real = flatten(file, recordBytes: 900)
    return [short.bytes, [2] + real.dropFirst(4096)]
  }

  func run(_ bytes: [UInt8]) {
    var input = InputReader(bytes)
    let flags = input.number(UInt8.self)
    var out = ByteWriter(bigEndian: true)
    out.put("makedumpfile".utf8)
    out.pad(to: 16)
    out.put(UInt64(1))
    out.put(UInt64(1))
    out.pad(to: 4096)
    if flags & 2 != 0 {
      out.put(input.rest())
    } else {
      while !input.isAtEnd {
        let offset = UInt64(input.number(UInt16.self)) | UInt64(input.number(UInt8.self)) << 16
        let data = input.take(Int(input.number(UInt16.self)))
        out.put(offset)
        out.put(UInt64(data.count))
        out.put(data)
      }
      if flags & 1 == 0 {
        out.put(UInt64.max)
        out.put(UInt64.max)
      }
    }
    ImageExercise.run(out.bytes)
  }
}
