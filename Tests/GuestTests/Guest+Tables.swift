import LinuxKernel
import MemoryImages
import PageTables
import Testing

extension Guest {
  /// Where the image says there is RAM.
  func ram(_ image: MemoryImage) -> [RAMRange] {
    image.ranges.map { RAMRange(first: $0.start, last: $0.last) }
  }

  /// The page tables of a guest: those of the processor, and every root in memory whose kernel half agrees with
  /// theirs. Those that reach user pages are processes, the others candidates; where the halves have roots of
  /// their own only the processor's are known.
  func pageTables(_ image: MemoryImage) throws -> (tables: PageTableSet, candidates: [PageTableRoot]) {
    // The kernel's registers, where page-table isolation keeps a second root for user mode.
    var loaded = try walker(kernelRegisters ?? registers)
    let format = loaded.format
    let hasSplitRoots = format.regions.elements.contains { $0.root == .upper }
    // ARM has a second register that short descriptors without a split do not use.
    if !hasSplitRoots { loaded = Walker(format: format, root: PageTableRoot(loaded.root.lower)) }
    var processes = [ProcessTables(pid: 1, command: "loaded", root: loaded.root)]
    var candidates: [PageTableRoot] = []
    // PAE's roots of four entries are too small to be told from other memory.
    if !hasSplitRoots, format.level(0).tableByteCount >= 4096 {
      for root in try kernelRoots(like: loaded, image)
      where root != loaded.root && Self.isSound(root, loaded, image) {
        if Self.reachesUserPages(root, loaded, image) {
          processes.append(ProcessTables(pid: processes.count + 1, command: "found", root: root))
        } else {
          candidates.append(root)
        }
      }
    }
    let master = hasSplitRoots ? loaded.root : nil
    return (PageTableSet(format: format, master: master, processes: processes), candidates)
  }

  private static func reachesUserPages(
    _ root: PageTableRoot, _ loaded: Walker<PagingFormat>, _ image: MemoryImage
  ) -> Bool {
    var count = 0
    var sink = RangeCallback { range in
      if let mapping = range.mapping, mapping.access.intersects(.user) { count += 1 }
    }
    // The lower half, or what 32-bit kernels leave to programs in any of their splits.
    let end = loaded.format.addressBits == 32 ? 0x7fff_ffff : loaded.format.regions[0].last.rawValue
    Walker(format: loaded.format, root: root).ranges(through: VirtualAddress(end), in: image, into: &sink)
    return count > 0
  }

  /// Whether every table that a root leads to can be read: not so in a table that was given back and holds
  /// something else by now.
  private static func isSound(
    _ root: PageTableRoot, _ loaded: Walker<PagingFormat>, _ image: MemoryImage
  ) -> Bool {
    var sink = RangeCallback { _ in }
    return Walker(format: loaded.format, root: root).ranges(in: image, into: &sink).isComplete
  }

  /// Tables that could be a root: aligned like one, and equal to the loaded one in nearly all entries of the
  /// last quarter, which is the kernel's in every split.
  private func kernelRoots(
    like loaded: Walker<PagingFormat>, _ image: MemoryImage
  ) throws -> [PageTableRoot] {
    let format = loaded.format
    let level = format.level(0)
    let size = Int(level.entryByteCount) << Int(format.regions[0].firstIndexBits)
    let quarter = size / 4
    let reference = try image.withBytes(
      at: loaded.root.lower.advanced(byBytes: UInt64(size - quarter)), count: quarter
    ) {
      Self.words($0, level.entryByteCount)
    }
    let present = reference.filter { $0 != 0 }.count
    try #require(present > 0)
    var roots: [PageTableRoot] = []
    for range in image.ranges {
      var address = (range.start.rawValue + UInt64(size) - 1) & ~UInt64(size - 1)
      while address + UInt64(size) - 1 <= range.last.rawValue {
        let start = PhysicalAddress(address + UInt64(size - quarter))
        let words = try? image.withBytes(at: start, count: quarter) { Self.words($0, level.entryByteCount) }
        if let words,
          zip(words, reference).count(where: { $0 != 0 && $0 & ~0x60 == $1 & ~0x60 }) * 10 >= present * 9
        {
          roots.append(PageTableRoot(PhysicalAddress(address)))
        }
        address += UInt64(size)
      }
    }
    return roots
  }

  private static func words(_ bytes: RawSpan, _ size: UInt8) -> [UInt64] {
    stride(from: 0, to: bytes.byteCount, by: Int(size)).map {
      bytes.entry(atByteOffset: $0, byteCount: Int(size), order: .little) ?? 0
    }
  }
}
