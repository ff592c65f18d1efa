import LinuxKernel
import PageTableEditing
import PageTables

/// A system of a kernel and two processes, written with the editor: what a sound kernel's tables look like, for
/// tests to break.
final class SmallSystem: PhysicalMemory, @unchecked Sendable {
  var memory: SparseMemory
  var frames: SequentialFrames
  let format: EditingFormat
  let kernel: PageTableEditor
  let first: PageTableEditor
  let second: PageTableEditor
  var candidateRoots: [PageTableRoot] = []

  static let ramBytes: UInt64 = 64 << 20
  /// x86-64's, without KASLR.
  static let linear: UInt64 = 0xffff_8880_0000_0000
  static let image: UInt64 = 0xffff_ffff_8100_0000
  static let vmalloc: UInt64 = 0xffff_c900_0000_0000
  /// Where the image's code lies in RAM: one 2 MiB page, its data in the next.
  static let codeFrame: UInt64 = 0x100_0000
  static let moduleFrame: UInt64 = 0x180_0000

  init(_ paging: PagingFormat = .x86_64) throws {
    format = EditingFormat(paging)
    memory = try SparseMemory(byteCount: Self.ramBytes)
    frames = SequentialFrames(from: PhysicalAddress(0x200_0000), byteCount: 8 << 20)
    kernel = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &frames)
    first = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &frames)
    second = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &frames)
    try buildKernel()
    try buildProcess(first, frame: 0x300_0000)
    try buildProcess(second, frame: 0x310_0000)
  }

  private func buildKernel() throws {
    let data: Access = [.kernelRead, .kernelWrite]
    let code: Access = [.kernelRead, .kernelExecute]
    // The linear map is read-only where code is.
    try mapRange(kernel, Self.linear, to: 0, byteCount: Self.codeFrame, data)
    try mapRange(kernel, Self.linear + Self.codeFrame, to: Self.codeFrame, byteCount: 2 << 20, .kernelRead)
    try mapRange(kernel, Self.linear + 0x120_0000, to: 0x120_0000, byteCount: 6 << 20, data)
    try mapRange(
      kernel, Self.linear + Self.moduleFrame, to: Self.moduleFrame, byteCount: 0x4000, .kernelRead)
    try mapRange(
      kernel, Self.linear + Self.moduleFrame + 0x4000, to: Self.moduleFrame + 0x4000,
      byteCount: Self.ramBytes - Self.moduleFrame - 0x4000, data)
    try mapRange(kernel, Self.image, to: Self.codeFrame, byteCount: 2 << 20, code)
    try mapRange(kernel, Self.image + 2 << 20, to: Self.codeFrame + 2 << 20, byteCount: 2 << 20, data)
    try mapRange(kernel, Self.vmalloc, to: Self.moduleFrame, byteCount: 0x4000, code, largest: 12)
    try mapRange(kernel, Self.vmalloc + 0x1_0000, to: 0x190_0000, byteCount: 0x4000, data, largest: 12)
  }

  private func buildProcess(_ process: PageTableEditor, frame: UInt64) throws {
    let user: Access = [.kernelRead, .userRead]
    try mapRange(
      process, 0x40_0000, to: 0x320_0000, byteCount: 0x8000, user.union([.kernelExecute, .userExecute]))
    try mapRange(
      process, 0x60_0000, to: frame, byteCount: 0x8000, user.union([.kernelWrite, .userWrite]))
    try copyKernelHalf(to: process.root)
  }

  /// What `pgd_alloc` does: the upper half of the root's entries.
  func copyKernelHalf(to root: PageTableRoot) throws {
    for index in UInt64(256)..<512 {
      let entry = try memory.load(
        byteCount: 8, order: .little, at: kernel.root.lower.advanced(byBytes: index * 8))
      try memory.store(
        entry: entry, byteCount: 8, order: .little, at: root.lower.advanced(byBytes: index * 8))
    }
  }

  func mapRange(
    _ editor: PageTableEditor, _ address: UInt64, to frame: UInt64, byteCount: UInt64, _ access: Access,
    largest: UInt8 = 63
  ) throws {
    try editor.mapRange(
      VirtualAddress(address), to: PhysicalAddress(frame), byteCount: byteCount, largestSizeBits: largest,
      as: format.template(access), in: &memory, frames: &frames)
  }

  func unmap(_ editor: PageTableEditor, _ address: UInt64, byteCount: UInt64) throws {
    try editor.unmap(VirtualAddress(address), byteCount: byteCount, in: &memory)
  }

  /// Maps the same address anew.
  func remap(
    _ editor: PageTableEditor, _ address: UInt64, to frame: UInt64, byteCount: UInt64, _ access: Access
  ) throws {
    try unmap(editor, address, byteCount: byteCount)
    try mapRange(editor, address, to: frame, byteCount: byteCount, access, largest: 12)
  }

  func store(_ entry: UInt64, at address: PhysicalAddress) throws {
    try memory.store(entry: entry, byteCount: 8, order: .little, at: address)
  }

  /// Where the entry of a level for an address is.
  func entryAddress(_ editor: PageTableEditor, _ address: UInt64, depth: Int) -> PhysicalAddress {
    editor.walker.translate(VirtualAddress(address), in: self).steps[depth].entryAddress
  }

  var ram: [RAMRange] {
    [RAMRange(first: PhysicalAddress(0), last: PhysicalAddress(Self.ramBytes - 1))]
  }

  var tables: PageTableSet {
    PageTableSet(
      format: format.paging, master: kernel.root,
      processes: [
        ProcessTables(pid: 1, command: "init", root: first.root),
        ProcessTables(pid: 2, command: "sleep", root: second.root),
      ])
  }

  func audit() -> AuditReport {
    Audit.run(AuditInput(tables: tables, ram: ram, candidateRoots: candidateRoots), in: self)
  }

  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    try memory.withBytes(at: address, count: count, body)
  }
}
