import PageTableEditing
import PageTables

/// Writes the built-in machine's tables.
struct BuiltInMachineBuilder: ~Copyable {
  var memory: SparseMemory
  let format: EditingFormat
  let kernel: PageTableEditor
  let process: PageTableEditor
  /// Where the kernel's tables and those of the process come from.
  private var kernelFrames: SequentialFrames
  private var processFrames: ChosenFrames

  /// RAM with two empty roots.
  static func make() throws -> BuiltInMachineBuilder {
    let format = EditingFormat(.arm)
    var memory = try SparseMemory(
      base: BuiltInMachine.physicalOffset, byteCount: BuiltInMachine.ramByteCount)
    // swapper_pg_dir lies 16 KiB into the kernel's memory, as arch/arm/kernel/head.S places it.
    var kernelFrames = SequentialFrames(from: Self.physical(0x8000_4000), byteCount: 0x10_0000)
    let kernel = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &kernelFrames)
    var processFrames = ChosenFrames(
      chosen: [Self.physical(0xc805_8000), Self.physical(0xc826_9000)],
      others: SequentialFrames(from: Self.physical(0xc830_0000), byteCount: 0x10_0000))
    let process = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &processFrames)
    return BuiltInMachineBuilder(
      memory: memory, format: format, kernel: kernel, process: process, kernelFrames: kernelFrames,
      processFrames: processFrames)
  }

  private init(
    memory: consuming SparseMemory, format: EditingFormat, kernel: PageTableEditor, process: PageTableEditor,
    kernelFrames: SequentialFrames, processFrames: ChosenFrames
  ) {
    self.memory = memory
    self.format = format
    self.kernel = kernel
    self.process = process
    self.kernelFrames = kernelFrames
    self.processFrames = processFrames
  }

  /// The physical address of a kernel address in the linear map.
  private static func physical(_ kernelAddress: UInt64) -> PhysicalAddress {
    PhysicalAddress(
      kernelAddress - BuiltInMachine.pageOffset.rawValue + BuiltInMachine.physicalOffset.rawValue)
  }

  /// The master: the linear map in sections, a vmalloc area, the vectors page.
  mutating func buildKernel() throws {
    let data = try format.template([.kernelRead, .kernelWrite, .kernelExecute])
    try kernel.mapRange(
      BuiltInMachine.pageOffset, to: BuiltInMachine.physicalOffset, byteCount: BuiltInMachine.ramByteCount,
      largestSizeBits: 20, as: data, in: &memory, frames: &kernelFrames)
    let pages = try format.template([.kernelRead, .kernelWrite])
    for page in 0..<UInt64(8) {
      try kernel.map(
        VirtualAddress(0xe080_0000 + page << 12), to: PhysicalAddress(0x6f00_0000 + page << 14), sizeBits: 12,
        as: pages, in: &memory, frames: &kernelFrames)
    }
    let vectors = try format.template([.kernelRead, .kernelExecute, .userRead, .userExecute])
    try kernel.map(
      VirtualAddress(0xffff_0000), to: PhysicalAddress(0x1fff_e000), sizeBits: 12, as: vectors, in: &memory,
      frames: &kernelFrames)
  }

  /// Process 614: the transcript's stack page first, so that its tables come to the transcript's frames.
  mutating func buildProcess() throws {
    let readWrite = try format.template([.kernelRead, .kernelWrite, .userRead, .userWrite])
    let readOnly = try format.template([.kernelRead, .userRead])
    let text = try format.template(Access.kernel.subtracting(.kernelWrite).union([.userRead, .userExecute]))
    try mapPages(0x7e9e_6000, to: 0x574a_1000, count: 1, as: readWrite)
    try memory.store(entry: 0x8055, byteCount: 4, order: .little, at: PhysicalAddress(0x574a_1c24))
    try mapPages(0x7e9e_5000, to: 0x574a_3000, count: 1, as: readWrite)
    try mapPages(0x1_0000, to: 0x5600_0000, count: 6, as: text)
    try mapPages(0x2_6000, to: 0x5600_6000, count: 1, as: readOnly)
    try mapPages(0x2_7000, to: 0x5734_2000, count: 1, as: readWrite)
    try mapPages(0x7_c000, to: 0x5741_0000, count: 3, as: readWrite)
    try mapPages(0x76e5_0000, to: 0x5500_0000, count: 16, as: text)
    // What an ARM page table cannot say by itself: an old page, and what is not present.
    let old = try format.template(
      [.kernelRead, .kernelWrite, .userRead, .userWrite], EntryAttributes(isAccessed: false))
    try mapPages(0x7_f000, to: 0x5741_3000, count: 1, as: old)
    try setNotPresent(0x8_0000, NotPresentState(.protectionNone, offset: 0x57414))
    try setNotPresent(0x8_1000, NotPresentState(.swap, type: 1, offset: 0x2a7))
    try shareKernelHalf()
  }

  private mutating func mapPages(
    _ address: UInt64, to physical: UInt64, count: UInt64, as template: LeafTemplate
  ) throws {
    try process.mapRange(
      VirtualAddress(address), to: PhysicalAddress(physical), byteCount: count << 12, largestSizeBits: 12,
      as: template, in: &memory, frames: &processFrames)
  }

  private mutating func setNotPresent(_ address: UInt64, _ state: NotPresentState) throws {
    try process.setNotPresent(
      state, at: VirtualAddress(address), in: &memory, frames: &processFrames)
  }

  /// What pgd_alloc does (arch/arm/mm/pgd.c): copies the master's first-level entries from TASK_SIZE, 16 MiB
  /// below PAGE_OFFSET, to the end. The tables that they name are shared, not copied.
  private mutating func shareKernelHalf() throws {
    let first = (BuiltInMachine.pageOffset.rawValue - 16 << 20) >> 20
    for index in first..<4096 {
      let offset = index * 4
      let entry = try memory.load(
        byteCount: 4, order: .little, at: kernel.root.lower.advanced(byBytes: offset))
      try memory.store(
        entry: entry, byteCount: 4, order: .little, at: process.root.lower.advanced(byBytes: offset))
    }
  }

  /// Hands the finished memory over.
  consuming func takeMemory() -> SparseMemory { memory }
}
