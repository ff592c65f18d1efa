import LinuxKernel
import PageTableEditing
import PageTables

/// RAM with a kernel's tables that no kernel made: x86-64, its regions at places of the test's choosing.
final class SyntheticKernel: PhysicalMemory, Sendable {
  /// Where things are. What is placed at random in a kernel is chosen here.
  struct Places: Sendable {
    var linear: UInt64 = 0xffff_9a00_4000_0000
    var image: UInt64 = 0xffff_ffff_8a00_0000
    var vmalloc: UInt64 = 0xffff_b000_0000_0000
    var memmap: UInt64 = 0xffff_e000_4000_0000
    var modules: UInt64 = 0xffff_ffff_c010_0000
  }

  static let ramByteCount: UInt64 = 64 << 20
  static let imagePhysical: UInt64 = 16 << 20
  static let textByteCount: UInt64 = 4 << 20
  /// The image's writable part, in virtual addresses from the image's start.
  static let dataOffset: UInt64 = 6 << 20

  private let memory: SparseMemory
  let root: PageTableRoot
  let places: Places

  /// Makes the tables, and lets `write` put words at addresses of the kernel.
  init(_ places: Places = Places(), write: (inout Writer) throws -> Void = { _ in }) throws {
    let format = EditingFormat(.x86_64)
    var memory = try SparseMemory(byteCount: Self.ramByteCount)
    var frames = SequentialFrames(from: PhysicalAddress(32 << 20), byteCount: 8 << 20)
    let editor = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &frames)
    let data: Access = [.kernelRead, .kernelWrite]
    let text: Access = [.kernelRead, .kernelExecute]
    let physical = Self.imagePhysical
    let pieces: [(UInt64, UInt64, UInt64, UInt8, Access)] = [
      (places.linear, 0, Self.ramByteCount, 21, data),
      (places.image, physical, Self.textByteCount, 21, text),
      (places.image + Self.textByteCount, physical + Self.textByteCount, 2 << 20, 21, .kernelRead),
      (places.image + Self.dataOffset, physical + Self.dataOffset, 2 << 20, 21, data),
      (places.vmalloc, 44 << 20, 0x4000, 12, data),
      (places.vmalloc + 0x8000, 46 << 20, 0x2000, 12, data),
      (places.vmalloc + 0x1_0000, 45 << 20, 0x8000, 12, data),
      (places.vmalloc + 0x2_0000, 47 << 20, 0x4000, 12, data),
      (places.memmap, 48 << 20, 2 << 20, 21, data),
      (places.modules, 52 << 20, 0x1000, 12, text),
      (places.modules + 0x1000, 53 << 20, 0x1000, 12, data),
      (0xffff_fe00_0000_0000, 54 << 20, 0x1000, 12, .kernelRead),
      (0xffff_ff10_0000_d000, 55 << 20, 0x1000, 12, .kernelRead),
      (0xffff_ffff_ff5f_d000, 0xfee0_0000, 0x1000, 12, data),
    ]
    for (address, target, byteCount, sizeBits, access) in pieces {
      try editor.mapRange(
        VirtualAddress(address), to: PhysicalAddress(target), byteCount: byteCount, largestSizeBits: sizeBits,
        as: try format.template(access), in: &memory, frames: &frames)
    }
    var writer = Writer(memory: memory, walker: editor.walker)
    try write(&writer)
    root = editor.root
    self.memory = writer.memory
    self.places = places
  }

  /// Writes at virtual addresses.
  struct Writer: ~Copyable {
    var memory: SparseMemory
    let walker: Walker<PagingFormat>

    mutating func word(_ address: UInt64, _ value: UInt64, byteCount: Int = 8) throws {
      guard let target = walker.translate(VirtualAddress(address), in: memory).mapping?.physical else {
        return
      }
      try memory.store(entry: value, byteCount: byteCount, order: .little, at: target)
    }

    /// Text and zeros up to the next word's border; `address` is a word's.
    mutating func text(_ address: UInt64, _ text: String) throws {
      let bytes = Array(text.utf8)
      for start in stride(from: 0, to: bytes.count, by: 8) {
        let value = bytes[start..<min(start + 8, bytes.count)].reversed().reduce(UInt64(0)) {
          $0 << 8 | UInt64($1)
        }
        try word(address + UInt64(start), value)
      }
    }
  }

  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    try memory.withBytes(at: address, count: count, body)
  }

  /// A search that knows nothing but the tables.
  var search: RegionSearch {
    RegionSearch(
      format: .x86_64, master: root,
      memory: KernelMemory(
        self, ranges: [RAMRange(first: PhysicalAddress(0), last: PhysicalAddress(Self.ramByteCount - 1))]))
  }
}

extension SyntheticKernel.Writer {
  /// A `vmap_area` at `address` with its `vm_struct` behind it, not yet in a list.
  mutating func area(
    at address: UInt64, first: UInt64, end: UInt64, flags: UInt64, pages: UInt64, caller: UInt64
  ) throws {
    let descriptor = address + 0x80
    try word(address, first)
    try word(address + 8, end)
    try word(address + 56, descriptor)
    try word(descriptor + 8, first)
    try word(descriptor + 16, end - first)
    try word(descriptor + 24, flags)
    try word(descriptor + 40, pages, byteCount: 4)
    try word(descriptor + 56, caller)
  }

  /// Links the lists' nodes into a circle.
  mutating func link(_ nodes: [UInt64]) throws {
    for (index, node) in nodes.enumerated() {
      let next = nodes[(index + 1) % nodes.count]
      try word(node, next)
      try word(next + 8, node)
    }
  }
}
