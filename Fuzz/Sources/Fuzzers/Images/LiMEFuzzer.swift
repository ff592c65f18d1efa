import MemoryImages
import SeedWriters

/// LiME, in both byte orders, and AVML version 1, which is the same records under another magic word.
struct LiMEFuzzer: Fuzzer {
  let name = "lime"

  func seeds() -> [[UInt8]] {
    let plain = limeRecord(0x1000, pattern(1, count: 256)) + limeRecord(0x1080, pattern(2, count: 256))
    let big = limeRecord(0x1000, pattern(1, count: 64), bigEndian: true)
    let version1 = recordHead(magic: "AVML", version: 1, 0x2000, 0x203f) + pattern(3, count: 64)
    return [plain, big, version1, recordHead(magic: "EMiL", version: 1, 0xffff_ffff_ffff_ff00, .max)]
  }

  func run(_ bytes: [UInt8]) {
    ImageExercise.run(bytes)
    // The same with a memory map, by which gaps inside RAM are excluded.
    var options = ImageExercise.options
    options.memoryMap = try? MemoryMap(text: "0-1fff\n3000-ffff_ffff\n", named: "map")
    ImageExercise.run(bytes, options: options)
  }
}

/// LiME inside one zlib stream. The input is what is inside, after a byte: even numbers compress it well-formed, odd
/// ones take the input as the stream itself.
struct CompressedLiMEFuzzer: Fuzzer {
  let name = "lime-compressed"

  func seeds() -> [[UInt8]] {
    let inside =
      limeRecord(0x1000, pattern(1, count: 256)) + limeRecord(0x2000, [UInt8](repeating: 0, count: 256))
    return [[0] + inside, [1] + Compression.zlib.encode(inside)]
  }

  func run(_ bytes: [UInt8]) {
    guard let kind = bytes.first else { return }
    let rest = Array(bytes.dropFirst())
    ImageExercise.run(kind & 1 == 0 ? Compression.zlib.encode(rest) : rest)
  }
}
