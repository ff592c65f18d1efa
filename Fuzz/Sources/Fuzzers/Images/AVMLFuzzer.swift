import MemoryImages
import SeedWriters

/// AVML version 2: Snappy streams, found from the end of the file or, where that fails, from its start.
struct AVMLFuzzer: Fuzzer {
  let name = "avml"

  func seeds() -> [[UInt8]] {
    let first = avmlRecord(0x1000, pattern(1, count: 300), chunkBytes: 100)
    let second = avmlRecord(0x100_0000, pattern(2, count: 600), chunkBytes: 200)
    return [first + second, first + second.dropLast(8), first]
  }

  func run(_ bytes: [UInt8]) {
    ImageExercise.run(bytes)
    var options = ImageExercise.options
    options.memoryMap = try? MemoryMap(text: "0-ffff\n1000000-ffffffffffffffff\n", named: "map")
    ImageExercise.run(bytes, options: options)
  }
}
