import LinuxKernel
import PageTableEditing
import PageTables
import Testing

/// Memory that several readers may share.
final class SharedMemory: PhysicalMemory, Sendable {
  let memory: SparseMemory

  init(_ memory: consuming SparseMemory) { self.memory = memory }

  func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    try memory.withBytes(at: address, count: count, body)
  }
}

/// How a kernel of one format lays out its tables, as far as roots are concerned.
struct RootLayout: Sendable, CustomTestStringConvertible {
  var format: PagingFormat
  var ramBase: UInt64 = 0
  var directMap: UInt64
  /// Where the image is mapped, if not by the direct map.
  var image: UInt64?
  /// log2 of the direct map's pages.
  var pageSizeBits: UInt8
  /// A page that the kernel keeps at a fixed address.
  var fixed: UInt64?
  var userAddress: UInt64
  /// IA-32 without PAE cannot keep a page from being executed.
  var execute: Access = .none

  var testDescription: String { "\(format.name)" }

  static let all = [
    RootLayout(
      format: .x86_64, directMap: 0xffff_8880_0000_0000, image: 0xffff_ffff_8000_0000, pageSizeBits: 21,
      userAddress: 0x7f00_0000_0000),
    RootLayout(
      format: .x86_64LA57, directMap: 0xff11_0000_0000_0000, image: 0xffff_ffff_8000_0000, pageSizeBits: 21,
      userAddress: 0x7f00_0000_0000),
    RootLayout(
      format: .riscvSv39, ramBase: 0x8000_0000, directMap: 0xffff_ffd8_0000_0000,
      image: 0xffff_ffff_8000_0000, pageSizeBits: 21, userAddress: 0x3f_0000_0000),
    RootLayout(
      format: .x86, directMap: 0xc000_0000, pageSizeBits: 22, fixed: 0xffff_e000, userAddress: 0x0804_8000,
      execute: .execute),
    RootLayout(
      format: .arm, ramBase: 0x4000_0000, directMap: 0xc000_0000, pageSizeBits: 20, fixed: 0xffff_0000,
      userAddress: 0x1_0000),
    // VMSPLIT_2G.
    RootLayout(
      format: .arm, ramBase: 0x4000_0000, directMap: 0x8000_0000, pageSizeBits: 20, fixed: 0xffff_0000,
      userAddress: 0x1_0000),
  ]
}

/// RAM of 64 MiB with a master, processes that copy its kernel half, and tables that are neither.
struct RootMachine: ~Copyable {
  static let ramByteCount: UInt64 = 64 << 20

  let layout: RootLayout
  var memory: SparseMemory
  /// The kernel's frames are in its image, those of processes are not.
  var frames: SequentialFrames
  var processFrames: SequentialFrames
  let format: EditingFormat
  let master: PageTableEditor

  /// The master's tables, and no process.
  static func make(_ layout: RootLayout) throws -> RootMachine {
    let format = EditingFormat(layout.format)
    var memory = try SparseMemory(base: PhysicalAddress(layout.ramBase), byteCount: Self.ramByteCount)
    // The image is the first 8 MiB: 4 MiB of text, then its tables.
    var frames = SequentialFrames(from: PhysicalAddress(layout.ramBase + (4 << 20)), byteCount: 4 << 20)
    let processFrames = SequentialFrames(
      from: PhysicalAddress(layout.ramBase + (16 << 20)), byteCount: 16 << 20)
    let master = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &frames)
    let data = try format.template(
      Access.kernelRead.union(.kernelWrite).union(layout.execute.intersection(.kernelExecute)))
    let text = try format.template([.kernelRead, .kernelExecute])
    let image = layout.image ?? layout.directMap
    try master.mapRange(
      VirtualAddress(image), to: PhysicalAddress(layout.ramBase), byteCount: 4 << 20,
      largestSizeBits: layout.pageSizeBits, as: text, in: &memory, frames: &frames)
    if layout.image != nil {
      try master.mapRange(
        VirtualAddress(image + (4 << 20)), to: PhysicalAddress(layout.ramBase + (4 << 20)),
        byteCount: 4 << 20,
        largestSizeBits: layout.pageSizeBits, as: data, in: &memory, frames: &frames)
    }
    let mapped: UInt64 = layout.image == nil ? 4 << 20 : 0
    try master.mapRange(
      VirtualAddress(layout.directMap + mapped), to: PhysicalAddress(layout.ramBase + mapped),
      byteCount: Self.ramByteCount - mapped, largestSizeBits: layout.pageSizeBits, as: data, in: &memory,
      frames: &frames)
    if let fixed = layout.fixed {
      try master.map(
        VirtualAddress(fixed), to: PhysicalAddress(layout.ramBase + 0x3000), sizeBits: 12, as: data,
        in: &memory, frames: &frames)
    }
    return RootMachine(
      layout: layout, memory: memory, frames: frames, processFrames: processFrames, format: format,
      master: master)
  }

  private init(
    layout: RootLayout, memory: consuming SparseMemory, frames: SequentialFrames,
    processFrames: SequentialFrames, format: EditingFormat, master: PageTableEditor
  ) {
    self.layout = layout
    self.memory = memory
    self.frames = frames
    self.processFrames = processFrames
    self.format = format
    self.master = master
  }

  /// A process with `pageCount` pages: with none, an address space without pages of users.
  mutating func addProcess(pageCount: UInt64, access: Access = [.kernelRead, .userRead]) throws
    -> PhysicalAddress
  {
    let process = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &processFrames)
    let byteCount = Int(layout.format.level(0).entryByteCount)
    let count = 1 << Int(layout.format.regions[0].firstIndexBits)
    for index in 0..<UInt64(count) {
      let source = master.root.lower.advanced(byBytes: index * UInt64(byteCount))
      let entry = try memory.withBytes(at: source, count: byteCount) {
        $0.entry(atByteOffset: 0, byteCount: byteCount, order: .little) ?? 0
      }
      try memory.store(
        entry: entry, byteCount: byteCount, order: .little,
        at: process.root.lower.advanced(byBytes: index * UInt64(byteCount)))
    }
    let rights = access.intersects(.user) ? layout.execute : layout.execute.intersection(.kernel)
    let template = try format.template(access.union(rights))
    for page in 0..<pageCount {
      try process.map(
        VirtualAddress(layout.userAddress + (page << 12)),
        to: PhysicalAddress(layout.ramBase + (48 << 20) + (page << 12)), sizeBits: 12, as: template,
        in: &memory,
        frames: &processFrames)
    }
    return process.root.lower
  }

  consuming func kernelMemory() -> KernelMemory {
    let first = layout.ramBase
    return KernelMemory(
      SharedMemory(memory),
      ranges: [
        RAMRange(
          first: PhysicalAddress(first), last: PhysicalAddress(first + Self.ramByteCount - 1))
      ])
  }
}
