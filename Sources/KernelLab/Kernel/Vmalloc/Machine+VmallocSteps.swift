import PageTableEditing
import PageTables

extension Machine {
  /// Does the next step of an operation. False: it is done.
  ///
  /// - Throws: as `vmalloc`; the operation has undone what it did, and is done.
  public mutating func step(_ operation: inout VmallocOperation) throws(MachineError) -> Bool {
    guard cpus.indices.contains(operation.cpu) else { throw .noSuchCPU(operation.cpu) }
    actingCPU = operation.cpu
    switch operation.stage {
    case .allocate:
      do throws(MachineError) {
        operation.area = try allocateArea(operation)
      } catch {
        operation.stage = .done
        throw error
      }
      operation.stage = .map
    case .map:
      do throws(MachineError) {
        try map(&operation)
      } catch {
        operation.stage = .done
        throw error
      }
      operation.stage = operation.changedEntries.isEmpty ? .done : .synchronise(entry: 0, root: 0)
    case .synchronise(let entry, let root):
      synchroniseNext(&operation, entry: entry, root: root)
    case .done: break
    }
    return !operation.isDone
  }

  // MARK: Addresses and frames

  private mutating func allocateArea(_ operation: VmallocOperation) throws(MachineError) -> VmallocArea {
    let byteCount: UInt64
    var isModule = false
    var kind = VmallocArea.Kind.allocated
    var leafSizeBits = profile.format.pageSizeBits
    switch operation.request {
    case .allocate(let count): byteCount = count
    case .module(let count):
      byteCount = count
      isModule = kernel.modules != nil
    case .map(let frames):
      byteCount = UInt64(frames.count) << pageSizeBits
      kind = .mapped
    case .device(let physical, let count, let largest):
      guard physical & (pageByteCount &- 1) == 0 else {
        throw .badArgument("\(String(physical, radix: 16)) is not the start of a page")
      }
      byteCount = count
      kind = .device(physical: physical)
      leafSizeBits = largestLeaf(physical: physical, byteCount: count, atMost: largest)
    }
    guard byteCount > 0, byteCount <= layout.vmalloc.upperBound &- layout.vmalloc.lowerBound else {
      throw .badArgument("\(byteCount) bytes of vmalloc: at least 1, and no more than its range")
    }
    let size = (byteCount &+ pageByteCount &- 1) & ~(pageByteCount &- 1)
    let range = try findPlace(byteCount: size, alignment: 1 << UInt64(leafSizeBits), isModule: isModule)
    var area = VmallocArea(
      range: range, owner: operation.owner, frames: [], kind: kind, leafSizeBits: leafSizeBits)
    switch operation.request {
    case .allocate, .module: area.frames = try allocateFrames(Int(size >> pageSizeBits))
    case .map(let frames): area.frames = frames
    case .device: break
    }
    insert(area, isModule: isModule)
    return area
  }

  /// Pages of others are taken away where frames are short (GFP_KERNEL).
  private mutating func allocateFrames(_ count: Int) throws(MachineError) -> [UInt64] {
    guard count <= frames.frameCount else { throw .outOfFrames("\(count) pages of vmalloc") }
    var allocated: [UInt64] = []
    allocated.reserveCapacity(count)
    for page in 0..<count {
      guard let frame = allocateFrames(kind: .vmalloc, index: UInt64(page)) else {
        for frame in allocated { frames.drop(frame) }
        throw .outOfFrames("page \(page) of \(count) of vmalloc")
      }
      allocated.append(frame)
    }
    return allocated
  }

  /// A free range with its guard page; without one, freed ones are purged, and the search is made once more
  /// (`alloc_vmap_area`, `mm/vmalloc.c`, 6.1: its label `overflow`).
  private mutating func findPlace(
    byteCount: UInt64, alignment: UInt64, isModule: Bool
  ) throws(MachineError) -> Range<UInt64> {
    let withGuard = byteCount &+ pageByteCount
    func find(_ kernel: inout Kernel) -> Range<UInt64>? {
      isModule
        ? kernel.modules?.findHole(byteCount: withGuard, alignment: alignment)
        : kernel.vmap.findHole(byteCount: withGuard, alignment: alignment)
    }
    locks.acquire(.vmapAreas)
    var hole = find(&kernel)
    locks.release(.vmapAreas)
    if hole == nil {
      purgeVmalloc()
      hole = find(&kernel)
    }
    guard let hole else { throw .outOfKernelSpace(byteCount: byteCount) }
    return hole.lowerBound..<hole.lowerBound &+ byteCount
  }

  private mutating func insert(_ area: VmallocArea, isModule: Bool) {
    let range = area.range.lowerBound..<area.range.upperBound &+ pageByteCount
    locks.acquire(.vmapAreas)
    if isModule { kernel.modules?.insert(range, area) } else { kernel.vmap.insert(range, area) }
    locks.release(.vmapAreas)
    log.add(
      .decided(
        "vmalloc: \(String(area.range.lowerBound, radix: 16)) to \(String(area.range.upperBound, radix: 16)), "
          + "then a guard page"))
  }

  /// The largest leaf that serves a range of physical addresses (`vmap_try_huge_pmd`).
  private func largestLeaf(physical: UInt64, byteCount: UInt64, atMost largest: UInt8) -> UInt8 {
    var best = profile.format.pageSizeBits
    for kind in format.kinds where kind.entryCount == 1 && kind.sizeBits <= largest && kind.sizeBits > best {
      let size: UInt64 = 1 << UInt64(kind.sizeBits)
      if byteCount & (size - 1) == 0, physical & (size - 1) == 0 { best = kind.sizeBits }
    }
    return best
  }

  // MARK: Mapping

  /// Writes the master's entries (`vmap_pages_range_noflush`), and sees which first-level entries that made.
  private mutating func map(_ operation: inout VmallocOperation) throws(MachineError) {
    guard let area = operation.area else { return }
    let before = ownEntries(of: area.range).map { masterEntry(for: $0) }
    frames.tableOwner = 0
    frames.newTables.removeAll(keepingCapacity: true)
    locks.acquire(.upperTables(0))
    locks.require(.upperTables(0))
    let failure = write(area)
    locks.release(.upperTables(0))
    noteNewKernelTables()
    if let failure {
      undo(area)
      throw failure
    }
    let entries = ownEntries(of: area.range)
    let changed = zip(entries, before).contains { masterEntry(for: $0) != $1 }
    if changed {
      log.add(.decided("the kernel page table has new first-level entries"))
      if profile.raisesVmallocSequence, area.range.overlaps(layout.vmalloc) { kernel.vmallocSequence &+= 1 }
      if profile.vmallocRules.isEager { operation.changedEntries = entries }
    }
    // RISC-V may remember that there was nothing.
    if profile.flushesAfterMapping {
      counters.interprocessorFlushes &+= UInt64(cpus.count - 1)
      for cpu in cpus.indices { cpus[cpu].tlb.flush(area.range, tag: cpus[cpu].tag) }
    }
  }

  /// The words of the master's entry for `address`, which each root has for itself.
  private func masterEntry(for address: UInt64) -> UInt64 {
    guard let depth = ownDepth(of: address),
      let slot = slot(for: address, root: kernel.root, depth: depth)
    else { return 0 }
    let geometry = geometries[depth]
    let size: UInt64 = 1 << UInt64(geometry.entrySizeBits)
    let isPair = ownSpanBits(depth: depth) > UInt64(geometry.shift)
    return isPair
      ? load(slot.address & ~size, geometry) | load(slot.address | size, geometry) << 32
      : load(slot.address, geometry)
  }

  private mutating func write(_ area: VmallocArea) -> MachineError? {
    do throws(EditError) {
      // What the format cannot forbid (i386: execution), it allows.
      let rights = format.nearestAccess(
        to: [.kernelRead, .kernelWrite], sizeBits: profile.format.pageSizeBits)
      let template = try format.template(rights ?? .kernel, profile.kernelAttributes)
      if case .device(let physical) = area.kind {
        try kernel.editor.mapRange(
          VirtualAddress(area.range.lowerBound), to: PhysicalAddress(physical),
          byteCount: area.range.upperBound &- area.range.lowerBound, largestSizeBits: area.leafSizeBits,
          as: template, in: &memory, frames: &frames)
        return nil
      }
      for (page, frame) in area.frames.enumerated() {
        try kernel.editor.map(
          VirtualAddress(area.range.lowerBound &+ UInt64(page) << pageSizeBits),
          to: PhysicalAddress(frame << pageSizeBits), sizeBits: profile.format.pageSizeBits, as: template,
          in: &memory, frames: &frames)
      }
      return nil
    } catch {
      if case .outOfFrames = error.problem { return .outOfFrames("a page table of vmalloc") }
      return .badArgument("vmalloc: \(error)")
    }
  }

  /// Tables that the master got: they are the kernel's, and stay.
  private mutating func noteNewKernelTables() {
    for frame in frames.newTables { log.add(.allocated(frame: frame, purpose: "kernel table")) }
    frames.newTables.removeAll(keepingCapacity: true)
  }

  private mutating func undo(_ area: VmallocArea) {
    try? kernel.editor.unmap(
      VirtualAddress(area.range.lowerBound), byteCount: area.range.upperBound &- area.range.lowerBound,
      in: &memory)
    if area.kind == .allocated {
      for frame in area.frames { frames.drop(frame) }
    }
    kernel.vmap.remove(at: area.range.lowerBound)
    kernel.modules?.remove(at: area.range.lowerBound)
  }

  // MARK: Copying to all roots

  /// Copies one entry to one root.
  private mutating func synchroniseNext(_ operation: inout VmallocOperation, entry: Int, root: Int) {
    let spaces = liveSpaces
    guard entry < operation.changedEntries.count, root < spaces.count else {
      let next = entry + 1
      operation.stage = next < operation.changedEntries.count ? .synchronise(entry: next, root: 0) : .done
      return
    }
    locks.acquire(.pgd)
    _ = synchronise(operation.changedEntries[entry], space: spaces[root])
    locks.release(.pgd)
    let isLastRoot = root + 1 >= spaces.count
    let isLast = isLastRoot && entry + 1 >= operation.changedEntries.count
    operation.stage =
      isLast
      ? .done
      : isLastRoot ? .synchronise(entry: entry + 1, root: 0) : .synchronise(entry: entry, root: root + 1)
  }
}
