import PageTableEditing
import PageTables
import QEMUOracle
import TestMemory

/// An address space that chance made: leaves of every size and of all rights, alone and side by side, in
/// tables that lie scattered.
struct RandomSpace: ~Copyable {
  struct Leaf {
    var address: UInt64
    var sizeBits: UInt8

    var last: UInt64 { address | ((1 << UInt64(sizeBits)) - 1) }
  }

  static let ramSizeBytes: UInt64 = 128 << 20
  private static let frames: Range<UInt64> = 1 << 20..<120 << 20
  private static let leavesPerSize = 48

  let editor: PageTableEditor
  private(set) var memory: SparseMemory
  private(set) var leaves: [Leaf] = []
  var generator: SeededGenerator

  var format: PagingFormat { editor.format.paging }

  private init(editor: PageTableEditor, memory: consuming SparseMemory, seed: UInt64) {
    self.editor = editor
    self.memory = memory
    generator = SeededGenerator(seed: seed)
  }

  static func make(_ format: PagingFormat, seed: UInt64) throws -> RandomSpace {
    let editing = EditingFormat(format)
    var memory = try SparseMemory(byteCount: Self.ramSizeBytes)
    var frames = ScatteredFrames(
      from: PhysicalAddress(Self.frames.lowerBound), byteCount: UInt64(Self.frames.count), seed: seed)
    let editor = try PageTableEditor(makingRootsFor: editing, in: &memory, frames: &frames)
    var space = RandomSpace(editor: editor, memory: memory, seed: seed)
    // Large leaves first: small ones always find a place between them.
    for sizeBits in editing.leafSizes.reversed() {
      try space.fill(sizeBits: sizeBits, frames: &frames)
    }
    return space
  }

  private mutating func fill(sizeBits: UInt8, frames: inout ScatteredFrames) throws {
    let rights = editor.format.expressibleAccesses(sizeBits: sizeBits)
    // No size takes more than a quarter of the space.
    let spaceBits = format.levels[0].shift + format.regions[0].firstIndexBits
    let most = spaceBits > sizeBits + 2 ? 1 << Int(min(spaceBits - sizeBits - 2, 16)) : 1
    var missing = min(Self.leavesPerSize, most)
    // Where it is crowded (four leaves of 1 GiB in 4 GiB) not all find a place.
    for _ in 0..<Self.leavesPerSize * 4 where missing > 0 {
      guard let address = place(sizeBits: sizeBits), let target = target(sizeBits: sizeBits) else { continue }
      do {
        try editor.map(
          VirtualAddress(address), to: PhysicalAddress(target), sizeBits: sizeBits,
          access: rights.randomElement(using: &generator)!, in: &memory, frames: &frames)
      } catch {
        switch error.problem {
        case .alreadyMapped, .leafInTheWay, .tableInTheWay, .noSuchLeafSize: continue
        default: throw error
        }
      }
      leaves.append(Leaf(address: address, sizeBits: sizeBits))
      missing -= 1
    }
  }

  /// Where a leaf may go: anywhere, or beside the last one.
  private mutating func place(sizeBits: UInt8) -> UInt64? {
    let mask: UInt64 = (1 << UInt64(sizeBits)) - 1
    let region = format.regions[Int.random(in: 0..<format.regionCount, using: &generator)]
    if let last = leaves.last, Bool.random(using: &generator) {
      let next = (last.last &+ 1 &+ mask) & ~mask
      return format.region(of: VirtualAddress(next)) == nil ? nil : next
    }
    let address = UInt64.random(in: region.first.rawValue...region.last.rawValue, using: &generator) & ~mask
    return region.contains(VirtualAddress(address)) ? address : nil
  }

  /// Where a leaf may point: anywhere the entry can name, but not into RAM. What is tried there is then
  /// neither written to the tables nor executed from them.
  private mutating func target(sizeBits: UInt8) -> UInt64? {
    let masks = editor.format.kinds.filter { $0.sizeBits == sizeBits }.map(\.addressMask)
    let mask = masks.reduce(.max, &)
    // All lengths of addresses, not only the longest.
    let target = (generator.next() >> UInt64.random(in: 0..<48, using: &generator)) & mask
    return target >= Self.ramSizeBytes ? target : nil
  }

  /// The memory as QEMU takes it.
  func image() throws -> RAMImage {
    var image = RAMImage(sizeBytes: Self.ramSizeBytes)
    for chunk in memory.chunks() {
      let bytes = try memory.withBytes(at: chunk.address, count: chunk.byteCount) { bytes in
        bytes.byteOffsets.map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
      }
      image.write(bytes, at: chunk.address.rawValue)
    }
    return image
  }

  /// Writes an entry, least significant byte first, whatever it says.
  mutating func store(_ entry: UInt64, at address: PhysicalAddress, byteCount: Int) throws {
    try memory.withMutableBytes(at: address, count: byteCount) { bytes in
      for index in 0..<byteCount {
        let byte = UInt8(truncatingIfNeeded: entry >> UInt64(8 * index))
        bytes.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
      }
    }
  }
}
