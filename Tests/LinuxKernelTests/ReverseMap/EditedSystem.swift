import LinuxKernel
import PageTableEditing
import PageTables
import TestMemory

/// A kernel and three processes in one format, written with the editor: pages of all sizes, in few places, so
/// that many of them share frames. Where there is one root, the processes have copies of the kernel's part.
struct EditedSystem {
  let memory: FrozenMemory
  let set: PageTableSet

  private static let byteCount: UInt64 = 32 << 20

  init(_ paging: PagingFormat, seed: UInt64) throws {
    let format = EditingFormat(paging)
    var random = SeededGenerator(seed: seed)
    var memory = try SparseMemory(byteCount: Self.byteCount)
    var frames = ScatteredFrames(
      from: PhysicalAddress(1 << 16), byteCount: Self.byteCount - 1 << 16, seed: seed)
    let kernel = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &frames)
    let last = paging.region(paging.regionCount - 1)
    // The upper half belongs to the kernel, whether it is a region of its own or not.
    let kernelStart =
      paging.regionCount > 1
      ? last.first.rawValue : last.first.rawValue + (last.last.rawValue - last.first.rawValue) / 2 + 1
    for _ in 0..<40 {
      try Self.mapOne(kernel, kernelStart...last.last.rawValue, region: last, &memory, &frames, &random)
    }
    let first = paging.region(0)
    let userEnd = paging.regionCount > 1 ? first.last.rawValue : kernelStart - 1
    let hasTwoRoots = last.root == .upper && paging.regionCount > 1
    var processes: [ProcessTables] = []
    for pid in 1...3 {
      let made = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &frames)
      var editor = made
      if hasTwoRoots {
        editor = PageTableEditor(
          format: format, root: PageTableRoot(lower: made.root.lower, upper: kernel.root.upper))
      } else {
        try Self.copyTop(from: kernel, to: made, paging, &memory)
      }
      for _ in 0..<60 {
        try Self.mapOne(editor, first.first.rawValue...userEnd, region: first, &memory, &frames, &random)
      }
      processes.append(ProcessTables(pid: pid, command: "p\(pid)", root: editor.root))
    }
    self.memory = FrozenMemory(memory)
    set = PageTableSet(format: paging, master: kernel.root, processes: processes)
  }

  private static func copyTop(
    from kernel: PageTableEditor, to process: PageTableEditor, _ paging: PagingFormat,
    _ memory: inout SparseMemory
  ) throws {
    let region = paging.region(0)
    let byteCount = UInt64(paging.level(Int(region.firstDepth)).entryByteCount)
    for index in 0..<(UInt64(1) << UInt64(region.firstIndexBits)) {
      let entry = try memory.load(
        byteCount: Int(byteCount), order: paging.byteOrder,
        at: kernel.root.lower.advanced(byBytes: index * byteCount))
      try memory.store(
        entry: entry, byteCount: Int(byteCount), order: paging.byteOrder,
        at: process.root.lower.advanced(byBytes: index * byteCount))
    }
  }

  /// A page, or a few, of a random size at a random place; one that is taken is left alone.
  private static func mapOne(
    _ editor: PageTableEditor, _ space: ClosedRange<UInt64>, region: Region, _ memory: inout SparseMemory,
    _ frames: inout ScatteredFrames, _ random: inout SeededGenerator
  ) throws {
    let sizes = editor.format.leafSizes.filter { size in
      size <= 30 && (UInt64(1) << UInt64(size)) < (space.upperBound - space.lowerBound) / 4
        && editor.format.kinds.contains { $0.sizeBits == size && $0.depth >= Int(region.firstDepth) }
    }
    // Small ones most of the time.
    let sizeBits =
      (Bool.random(using: &random) ? sizes.min() : sizes.randomElement(using: &random))
      ?? editor.format.paging.pageSizeBits
    let size = UInt64(1) << UInt64(sizeBits)
    guard
      let access = editor.format.expressibleAccesses(sizeBits: sizeBits).randomElement(using: &random)
    else { return }
    let place = UInt64.random(in: 0..<8, using: &random) * size
    let middle = space.lowerBound + (space.upperBound - space.lowerBound) / 2 + 1
    let start = (Bool.random(using: &random) ? space.lowerBound : middle) + place
    let target = UInt64.random(in: 0..<8, using: &random) * size
    for page in 0..<UInt64.random(in: 1...4, using: &random) {
      let address = (start + page * size) & ~(size - 1)
      do throws(EditError) {
        try editor.map(
          VirtualAddress(address), to: PhysicalAddress(target + page * size), sizeBits: sizeBits,
          access: access, in: &memory, frames: &frames)
      } catch {
        // Taken, or the end of the space.
        continue
      }
    }
  }
}
