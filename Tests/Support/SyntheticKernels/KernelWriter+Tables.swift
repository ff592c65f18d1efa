import PageTableEditing
import PageTables

extension KernelWriter {
  /// The kernel's page table, and one for each process with memory of its own.
  mutating func writeTables(into memory: inout SparseMemory) throws {
    let format = EditingFormat(kernel.machine.format)
    var rootFrames = SequentialFrames(
      from: PhysicalAddress(imageStart + 0x60_0000), byteCount: 1 << 20)
    let master = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &rootFrames)
    written.master = master.root
    let rights = try format.template(.kernel)
    try master.mapRange(
      VirtualAddress(pointer(to: kernel.ramStart)), to: PhysicalAddress(kernel.ramStart),
      byteCount: kernel.ramByteCount, largestSizeBits: kernel.machine.sectionSizeBits, as: rights,
      in: &memory, frames: &tableFrames)
    if kernel.machine.imageBase != nil {
      try master.mapRange(
        VirtualAddress(pointer(to: imageStart)), to: PhysicalAddress(imageStart),
        byteCount: SyntheticLinux.imageByteCount, largestSizeBits: kernel.machine.sectionSizeBits,
        as: rights, in: &memory, frames: &tableFrames)
    }
    guard let page = dataFrames.allocate(sizeBits: 12) else { throw EditError(.outOfFrames(sizeBits: 12)) }
    try master.map(
      VirtualAddress(kernel.machine.fixmap), to: page, sizeBits: 12, as: rights, in: &memory,
      frames: &tableFrames)
    for task in kernel.tasks where task.kind == .process && task.isFirstThread && task.sharesMemoryOf == nil {
      try writeTables(of: task, master: master, into: &memory)
    }
    for task in kernel.tasks where task.isFirstThread {
      if let owner = task.sharesMemoryOf { written.roots[task.tgid] = written.roots[owner] }
    }
  }

  /// A process's tables: one page at the start of each area, and the kernel's half as in the master.
  private mutating func writeTables(
    of task: SyntheticTask, master: PageTableEditor, into memory: inout SparseMemory
  ) throws {
    let format = master.format
    var root = PageTableRoot(
      try format.makeRoot(for: .lower, in: &memory, frames: &tableFrames))
    if master.root.lower != master.root.upper {
      root.upper = master.root.upper
    } else {
      try copyKernelHalf(from: master, to: root.lower, in: &memory)
    }
    written.roots[task.tgid] = root
    let editor = PageTableEditor(format: format, root: root)
    for area in task.areas where area.flags & 7 != 0 {
      guard let page = dataFrames.allocate(sizeBits: 12) else { throw EditError(.outOfFrames(sizeBits: 12)) }
      let isWritable = area.flags & 2 != 0
      // Of the rights that a format can express, the first that serve.
      let rights: [Access] =
        isWritable
        ? [.all, [.user, .kernelRead, .kernelWrite], .user]
        : [[.read, .execute], [.userRead, .userExecute, .kernelRead], [.userRead, .userExecute]]
      try map(area.first, to: page, as: rights, editor, in: &memory)
      written.pages[task.tgid, default: [:]][area.first] = page.rawValue
      // What is there may look like anything, even like the name of the idle thread.
      try store(kernel.idleName, at: page.rawValue + 256, byteCount: 16, in: &memory)
      try store(generator.next(), at: page.rawValue, byteCount: 8, in: &memory)
    }
  }

  /// Maps a page with the first of the rights that the format can express.
  private mutating func map(
    _ address: UInt64, to page: PhysicalAddress, as rights: [Access], _ editor: PageTableEditor,
    in memory: inout SparseMemory
  ) throws(EditError) {
    var refusal = EditError(.noTable)
    for access in rights {
      do throws(EditError) {
        return try editor.map(
          VirtualAddress(address), to: page, sizeBits: 12, access: access, in: &memory, frames: &tableFrames)
      } catch {
        refusal = error
      }
    }
    throw refusal
  }

  private func copyKernelHalf(
    from master: PageTableEditor, to root: PhysicalAddress, in memory: inout SparseMemory
  ) throws {
    let region = kernel.machine.format.regions.elements.last
    let first = word == 8 ? region?.first ?? VirtualAddress(0) : VirtualAddress(kernel.machine.directMapBase)
    let start = try master.locate(first, depth: 0, in: memory)
    let size = UInt64(1) << UInt64(kernel.machine.format.geometry(0).entrySizeBits)
    for index in start.index..<start.entryCount {
      let entry = try memory.load(
        byteCount: Int(size), order: .little, at: start.table.advanced(byBytes: index * size))
      try memory.store(
        entry: entry, byteCount: Int(size), order: .little, at: root.advanced(byBytes: index * size))
    }
  }
}
