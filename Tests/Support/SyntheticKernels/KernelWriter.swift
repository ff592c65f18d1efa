import PageTableEditing
import PageTables
import TestMemory

/// Writes one synthetic kernel into memory, piece by piece.
struct KernelWriter {
  let kernel: SyntheticLinux
  var written = WrittenKernel(master: PageTableRoot(PhysicalAddress(0)))
  var generator: SeededGenerator
  /// Page tables, but for the master's first ones, which lie in the image.
  var tableFrames: SequentialFrames
  /// What processes map.
  var dataFrames: SequentialFrames
  /// Where the next object goes.
  var objectCursor: UInt64

  init(kernel: SyntheticLinux) {
    self.kernel = kernel
    generator = SeededGenerator(seed: kernel.seed ^ 0x5eed)
    tableFrames = SequentialFrames(from: PhysicalAddress(kernel.start + Self.tableStart), byteCount: 16 << 20)
    dataFrames = SequentialFrames(from: PhysicalAddress(kernel.start + Self.dataStart), byteCount: 16 << 20)
    objectCursor = kernel.start + Self.objectStart
  }

  // What the kernel's 64 MiB are used for; the image comes first.
  static let tableStart: UInt64 = 10 << 20
  static let objectStart: UInt64 = 26 << 20
  static let listStart: UInt64 = 38 << 20
  static let dataStart: UInt64 = 42 << 20
  static let pageArrayStart: UInt64 = 58 << 20
  static let noiseStart: UInt64 = 62 << 20

  var layout: KernelLayout { kernel.layout }
  var word: Int { layout.wordByteCount }
  var imageStart: UInt64 { kernel.start + SyntheticLinux.imageStart }
  /// The idle thread, in the image.
  var idleTask: UInt64 { imageStart + 0x40_1000 }
  /// The kernel's own `mm_struct`, in the image.
  var kernelMemory: UInt64 { imageStart + 0x30_0400 }

  func isInImage(_ physical: UInt64) -> Bool {
    physical >= imageStart && physical < imageStart + SyntheticLinux.imageByteCount
  }

  /// The kernel's pointer to what is at a physical address.
  func pointer(to physical: UInt64) -> UInt64 {
    (physical &+ (isInImage(physical) ? kernel.imageOffset : kernel.directMapOffset))
      & kernel.machine.wordMask
  }

  // MARK: Stores

  func store(_ value: UInt64, at physical: UInt64, byteCount: Int, in memory: inout SparseMemory) throws {
    try memory.store(
      entry: value, byteCount: byteCount, order: .little, at: PhysicalAddress(physical))
  }

  func storeWord(_ value: UInt64, at physical: UInt64, in memory: inout SparseMemory) throws {
    try store(value, at: physical, byteCount: word, in: &memory)
  }

  func store32(_ value: Int, at physical: UInt64, in memory: inout SparseMemory) throws {
    try store(UInt64(truncatingIfNeeded: value), at: physical, byteCount: 4, in: &memory)
  }

  /// Text, and zeros up to `byteCount`.
  func store(_ text: String, at physical: UInt64, byteCount: Int, in memory: inout SparseMemory) throws {
    var bytes = Array(text.utf8.prefix(byteCount))
    bytes += repeatElement(0, count: (byteCount + 3) / 4 * 4 - bytes.count)
    for index in stride(from: 0, to: bytes.count, by: 4) {
      let value = (0..<4).reduce(UInt64(0)) { $0 | UInt64(bytes[index + $1]) << UInt64($1 * 8) }
      try store(value, at: physical + UInt64(index), byteCount: 4, in: &memory)
    }
  }

  /// A `list_head` that is empty: it points at itself, twice.
  func storeEmptyList(at physical: UInt64, in memory: inout SparseMemory) throws {
    try storeWord(pointer(to: physical), at: physical, in: &memory)
    try storeWord(pointer(to: physical), at: physical + UInt64(word), in: &memory)
  }

  /// Links `list_head`s into a ring.
  func storeRing(_ heads: [UInt64], in memory: inout SparseMemory) throws {
    for (index, head) in heads.enumerated() {
      let next = heads[(index + 1) % heads.count]
      try storeWord(pointer(to: next), at: head, in: &memory)
      try storeWord(pointer(to: head), at: next + UInt64(word), in: &memory)
    }
  }

  // MARK: Objects

  /// Places for `count` objects in a stretch of their own, in no order.
  mutating func slab(_ count: Int, byteCount: Int) -> [UInt64] {
    let stride = UInt64((byteCount + 63) / 64 * 64)
    let first = (objectCursor + 4095) & ~4095
    objectCursor = first + stride * UInt64(count)
    precondition(
      objectCursor <= kernel.start + Self.listStart, "the sample is too large for a synthetic kernel")
    return (0..<UInt64(count)).map { first + $0 * stride }.shuffled(using: &generator)
  }

  /// Fills the words of an object that are no fields, each with what that word has in every object of its kind.
  ///
  /// - Parameter fields: offset and size of each field.
  mutating func fill(
    _ physical: UInt64, byteCount: Int, kind: UInt64, fields: [(offset: Int, byteCount: Int)],
    in memory: inout SparseMemory
  ) throws {
    var isField = [Bool](repeating: false, count: byteCount / word)
    for field in fields {
      for index in field.offset / word...(field.offset + field.byteCount - 1) / word { isField[index] = true }
    }
    var index = 0
    while index < isField.count {
      defer { index += 1 }
      guard !isField[index] else { continue }
      let place = physical + UInt64(index * word)
      var column = SeededGenerator(seed: kernel.seed &+ kind << 32 &+ UInt64(index))
      switch column.next() % 20 {
      case 0..<8: continue
      case 8..<11: try storeWord(.random(in: 0...200, using: &generator), at: place, in: &memory)
      case 11..<15 where index + 1 < isField.count && !isField[index + 1]:
        try storeEmptyList(at: place, in: &memory)
        index += 1
      case 15..<17:
        let target = kernel.start + .random(in: 0..<SyntheticLinux.byteCount / 64, using: &generator) * 64
        try storeWord(pointer(to: target), at: place, in: &memory)
      case 17:
        let target = imageStart + .random(in: 0..<0x1_0000, using: &generator) * 64
        try storeWord(pointer(to: target), at: place, in: &memory)
      default: try storeWord(generator.next() & kernel.machine.wordMask, at: place, in: &memory)
      }
    }
  }
}
