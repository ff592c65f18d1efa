public import PageTables

extension PageTableEditor {
  /// An editor with new, empty root tables: one, or one for each half where the format has two.
  public init<Memory: WritableMemory & ~Copyable, Frames: FrameSource & ~Copyable>(
    makingRootsFor format: EditingFormat, in memory: inout Memory, frames: inout Frames
  ) throws(EditError) {
    let roots = Set(format.regions.map(\.root))
    guard let only = roots.first else { throw EditError(.noTable) }
    let first = try format.makeRoot(for: roots.count > 1 ? .lower : only, in: &memory, frames: &frames)
    var upper = first
    if roots.count > 1 { upper = try format.makeRoot(for: .upper, in: &memory, frames: &frames) }
    self.init(format: format, root: PageTableRoot(lower: first, upper: upper))
  }
}

extension EditingFormat {
  /// log2 of the size and alignment of a root table, or nil if the format has no such root.
  public func rootSizeBits(for root: Region.Root) -> UInt8? {
    let tables = regions.filter { $0.root == root && Int($0.firstDepth) < levels.count }
    let byteCount = tables.map { 1 << Int(levels[Int($0.firstDepth)].entrySizeBits + $0.firstIndexBits) }
    return byteCount.max().map { TableKind.sizeBits(holding: $0, alignment: paging.rootRegister) }
  }

  /// Allocates a root table of the size and alignment that the format's regions need, filled with zeros.
  public func makeRoot<Memory: WritableMemory & ~Copyable, Frames: FrameSource & ~Copyable>(
    for root: Region.Root = .lower, in memory: inout Memory, frames: inout Frames
  ) throws(EditError) -> PhysicalAddress {
    guard let sizeBits = rootSizeBits(for: root), sizeBits < 40 else { throw EditError(.noTable) }
    guard let frame = frames.allocate(sizeBits: sizeBits) else {
      throw EditError(.outOfFrames(sizeBits: sizeBits))
    }
    // The register must be able to name it: PAE's root lies below 4 GiB.
    let isNameable = paging.rootRegister.address(from: paging.rootRegister.entryBits(of: frame)) == frame
    guard frame.rawValue & ((1 << UInt64(sizeBits)) - 1) == 0, isNameable else {
      frames.free(frame, sizeBits: sizeBits)
      throw EditError(.unusableFrame(frame, sizeBits: sizeBits))
    }
    do throws(MemoryFault) {
      try memory.zero(at: frame, count: 1 << Int(sizeBits))
    } catch {
      frames.free(frame, sizeBits: sizeBits)
      throw EditError(.memory(frame, error))
    }
    return frame
  }
}
