import MemoryImages
import PageTables
import SeedWriters

/// Raw bytes with a base address and the text of a memory map: flags, base, text up to a NUL, bytes.
struct RawFuzzer: Fuzzer {
  let name = "raw"

  func seeds() -> [[UInt8]] {
    func input(_ flags: UInt8, _ base: UInt64, _ text: String, _ bytes: [UInt8]) -> [UInt8] {
      var out = ByteWriter()
      out.put(flags)
      out.put(base)
      out.put(text.utf8)
      out.put(UInt8(0))
      out.put(bytes)
      return out.bytes
    }
    let text =
      "00000000-0000007f : System RAM\n  00000010-0000001f : Kernel code\n00000100-0000017f : System RAM\n"
    return [
      input(0, 0, "", pattern(1, count: 256)),
      input(3, 0x4000_0000, "", pattern(1, count: 256)),
      input(3, 0xffff_ffff_ffff_ff00, "", pattern(1, count: 256)),
      input(1, 0, text, pattern(1, count: 256)),
      input(3, 0, text, pattern(1, count: 384)),
      input(1, 0, "0-ffffffffffffffff\n", pattern(1, count: 16)),
      input(1, 0, "# by hand\n0x0-0x7f\n1000-107f\n", pattern(1, count: 256)),
    ]
  }

  func run(_ bytes: [UInt8]) {
    var input = InputReader(bytes)
    let flags = input.number(UInt8.self)
    let base = input.number(UInt64.self)
    let rest = input.rest()
    let text = rest.prefix { $0 != 0 }
    var options = ImageExercise.options
    if flags & 1 != 0 { options.forcedKind = .raw }
    if flags & 2 != 0 { options.baseAddress = PhysicalAddress(base) }
    if !text.isEmpty {
      options.memoryMap = try? MemoryMap(text: String(decoding: text, as: UTF8.self), named: "map")
    }
    ImageExercise.run(Array(rest.dropFirst(text.count + 1)), options: options)
  }
}
