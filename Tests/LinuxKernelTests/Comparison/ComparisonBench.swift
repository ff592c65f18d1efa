import LinuxKernel
import PageTableEditing
import PageTables
import TestMemory

/// A machine with a kernel page table and one process, made as Linux makes them: the process's tables are
/// filled, then entries of the kernel's are copied.
final class ComparisonBench {
  var memory: SparseMemory
  var frames: SequentialFrames
  let format: PagingFormat
  let kernel: PageTableEditor
  let process: PageTableEditor

  /// - Parameter rootSizeBits: the size and alignment of roots, where it is not the format's own.
  init(_ format: PagingFormat, rootSizeBits: UInt8? = nil) throws {
    self.format = format
    memory = try SparseMemory(byteCount: 4 << 20)
    frames = SequentialFrames(from: PhysicalAddress(1 << 16), byteCount: 4 << 20 - 1 << 16)
    let editing = EditingFormat(format)
    func make(
      _ memory: inout SparseMemory, _ frames: inout SequentialFrames
    ) throws -> PageTableEditor {
      guard let rootSizeBits else {
        return try PageTableEditor(makingRootsFor: editing, in: &memory, frames: &frames)
      }
      guard let root = frames.allocate(sizeBits: rootSizeBits) else { throw EditError(.noTable) }
      return PageTableEditor(format: editing, root: PageTableRoot(root))
    }
    kernel = try make(&memory, &frames)
    process = try make(&memory, &frames)
  }

  var tables: PageTableSet {
    PageTableSet(
      format: format, master: kernel.root,
      processes: [ProcessTables(pid: 614, command: "experiment", root: process.root)])
  }

  func map(
    _ address: UInt64, to target: UInt64 = 0x20_0000, access: Access = .kernel, in editor: PageTableEditor
  ) throws {
    try editor.map(
      VirtualAddress(address), to: PhysicalAddress(target), sizeBits: 12, access: access, in: &memory,
      frames: &frames)
  }

  /// Where the entry for `address` of level `depth` is, on the way through `root`.
  func place(of address: UInt64, depth: Int, in root: PageTableRoot) throws -> PhysicalAddress {
    let walker = Walker(format: format, root: root)
    guard var walk = walker.begin(VirtualAddress(address)) else { throw EditError(.noTable) }
    while true {
      let step = walker.step(&walk, in: memory)
      if step.depth == depth { return step.entryAddress }
      guard case .table = step.outcome else { throw EditError(.noTable) }
    }
  }

  func entry(of address: UInt64, depth: Int, in root: PageTableRoot) throws -> UInt64 {
    try memory.load(
      byteCount: Int(format.level(depth).entryByteCount), order: .little,
      at: place(of: address, depth: depth, in: root))
  }

  func set(_ entry: UInt64, of address: UInt64, depth: Int, in root: PageTableRoot) throws {
    try memory.store(
      entry: entry, byteCount: Int(format.level(depth).entryByteCount), order: .little,
      at: place(of: address, depth: depth, in: root))
  }

  /// Copies the kernel's entries of level `depth` for the addresses, both inclusive.
  func copy(_ first: UInt64, through last: UInt64, depth: Int) throws {
    let span = UInt64(1) << UInt64(format.level(depth).shift)
    var address = first
    while true {
      try set(entry(of: address, depth: depth, in: kernel.root), of: address, depth: depth, in: process.root)
      guard last - address >= span else { return }
      address += span
    }
  }

  func compare(kernelStart: UInt64? = nil) throws -> ProcessComparison {
    var comparison = try KernelComparison(
      of: tables, kernelStart: kernelStart.map { VirtualAddress($0) }, in: memory)
    return comparison.compare(tables.processes[0], in: memory)
  }

  /// The same memory as a value, for tests that take pages away.
  func snapshot() throws -> ByteMemory {
    ByteMemory(
      bytes: try memory.withBytes(at: PhysicalAddress(0), count: 4 << 20) { span in
        span.withUnsafeBytes { Array($0) }
      })
  }
}
