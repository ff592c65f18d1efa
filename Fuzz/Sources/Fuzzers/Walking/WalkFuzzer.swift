import PageTableEditing
import PageTables
import SeedWriters

/// Tables made of hostile bytes, walked in every way there is; the ways must agree.
///
/// An input is: format, kind of memory, address bits, number of addresses; two roots; addresses; tables.
struct WalkFuzzer: Fuzzer {
  let name = "walk"

  func seeds() -> [[UInt8]] {
    PagingFormat.entries.indices.map { index in
      // Entries of noise with their low bits set, as present ones have them, and one honest chain of tables.
      let format = PagingFormat.entries[index].format
      let width = Int(format.level(0).entryByteCount)
      var out = ByteWriter()
      out.put([UInt8(index), UInt8(index % 3), 0, UInt8(2 + index)])
      out.put(UInt64(0x1000))
      out.put(UInt64(0x2000))
      for region in format.regions.elements.prefix(2) {
        out.put(region.first.rawValue)
        out.put(region.last.rawValue)
      }
      for _ in format.regionCount..<2 {
        out.put(UInt64(0x1234_5678))
        out.put(UInt64(0x1000))
      }
      var random = SeededGenerator(seed: UInt64(index))
      for slot in 0..<(index % 2 == 0 ? 64 : 1024) {
        var entry = random.next() & random.next() & 0xffff_ffff
        if slot % 3 == 0 { entry = UInt64(slot % 5) << 12 | 0x67 }
        if width == 8 { out.put(entry) } else { out.put(UInt32(truncatingIfNeeded: entry)) }
      }
      return out.bytes
    }
  }

  func run(_ bytes: [UInt8]) {
    var input = InputReader(bytes)
    let entry = PagingFormat.entries[Int(input.number(UInt8.self)) % PagingFormat.entries.count]
    let kind = FuzzedMemory.Kind(rawValue: input.number(UInt8.self) % 3) ?? .plain
    let bits = input.number(UInt8.self)
    var format = entry.format
    if bits != 0, let resized = entry.format(virtualAddressBits: Int(bits)) { format = resized }
    if bits & 0xc0 == 0xc0 { format = format.masking(memoryEncryption: 1 << UInt64(bits & 63)) }
    let addressCount = Int(input.number(UInt8.self) % 80)
    let root = PageTableRoot(
      lower: PhysicalAddress(input.number(UInt64.self)), upper: PhysicalAddress(input.number(UInt64.self)))
    let addresses = (0..<addressCount).map { _ in VirtualAddress(input.number(UInt64.self)) }
    let memory = FuzzedMemory(bytes: input.rest(), kind: kind)
    let walker = Walker(format: format, root: root)
    WalkExercise(walker: walker, memory: memory).run(addresses)
    if "\(format.name)" == "x86-64", bits == 0 {
      compareWithConstantFormat(addresses, root: root, walker: walker, memory: memory)
    }
  }

  /// The constant format gives what the value gives.
  private func compareWithConstantFormat(
    _ addresses: [VirtualAddress], root: PageTableRoot, walker: Walker<PagingFormat>, memory: FuzzedMemory
  ) {
    let constant = Walker(format: X86_64FourLevel(), root: root)
    for address in addresses {
      precondition(constant.lookup(address, in: memory) == walker.lookup(address, in: memory))
    }
  }
}
