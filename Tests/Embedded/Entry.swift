// Instantiates the core's generics, so that the Embedded compiler checks them for heap use. Compiled
// together with the core's sources by scripts/check-embedded; not part of the package.

struct NoMemory: PhysicalMemory {
  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    throw .outsideRAM
  }
}

struct RangeCount: RangeSink {
  var count: UInt64 = 0
  mutating func receive(_ range: MappedRange) { count &+= 1 }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
@c public func pagewalk_embedded_entry(_ root: UInt64, _ address: UInt64) -> UInt64 {
  let memory = NoMemory()
  let roots = PageTableRoot(PhysicalAddress(root))
  let constant = Walker(format: X86_64FourLevel(), root: roots)
  let chosen = Walker(format: PagingFormat.x86_64LA57, root: roots)
  var count = RangeCount()
  constant.ranges(in: memory, into: &count)
  chosen.ranges(in: memory, into: &count)
  let path = chosen.translate(VirtualAddress(address), in: memory)
  return count.count &+ (path.mapping?.physical.rawValue ?? 0)
    &+ constant.lookup(VirtualAddress(address), in: memory).physical.rawValue
}
