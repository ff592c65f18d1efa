public import PageTableEditing
import TestMemory

/// A Linux of which only the data structures exist: what one that cannot be booted here leaves in memory.
///
/// ```swift
/// var memory = try SparseMemory(byteCount: 256 << 20)
/// let kernel = SyntheticLinux(machine: .amd64, ramByteCount: 256 << 20, seed: 1)
/// let written = try kernel.write(into: &memory)
/// ```
public struct SyntheticLinux: Sendable {
  /// Where each kernel puts what: see ``KernelLayout``.
  public var layout: KernelLayout
  public var machine: SyntheticMachine
  /// What the direct map maps, from here on.
  public var ramStart: UInt64
  public var ramByteCount: UInt64
  /// What this kernel uses of it: a multiple of 64 MiB from a multiple of 64 MiB on. A second kernel in the
  /// same memory has another part.
  public var start: UInt64
  /// Virtual minus physical address of the direct map.
  public var directMapOffset: UInt64
  /// Virtual minus physical address of the image; the direct map's where the image lies in it.
  public var imageOffset: UInt64
  /// `swapper/0`, or `swapper` where the kernel is for one processor.
  public var idleName = "swapper/0"
  public var release = "4.19.0-synthetic"
  /// Every thread but the idle one.
  public var tasks: [SyntheticTask]
  /// How many empty lists there are beside those of the tasks: each points at itself twice.
  public var emptyListCount = 12_000
  /// How many tasks have been freed, whose bytes are still there.
  public var freedTaskCount = 3
  public var seed: UInt64

  /// How much of the memory a kernel uses.
  public static let byteCount: UInt64 = 64 << 20
  /// Where in that part its image is, and how large.
  public static let imageStart: UInt64 = 0x20_0000
  public static let imageByteCount: UInt64 = 0x80_0000

  /// A kernel with everything random: layout, addresses (as far as the machine moves them), tasks.
  ///
  /// - Parameters:
  ///   - start: what it uses, counted from the start of RAM.
  ///   - gapLimit: see ``KernelLayout/init(wordByteCount:protectionByteCount:gapLimit:using:)``.
  public init(
    machine: SyntheticMachine, ramByteCount: UInt64, start: UInt64 = 0, gapLimit: Int = 12, seed: UInt64
  ) {
    var generator = SeededGenerator(seed: seed)
    self.machine = machine
    self.seed = seed
    self.ramStart = machine.ramStart
    self.ramByteCount = ramByteCount
    self.start = machine.ramStart + start
    layout = KernelLayout(
      wordByteCount: machine.wordByteCount, protectionByteCount: machine.protectionByteCount,
      gapLimit: gapLimit, using: &generator)
    directMapOffset = machine.directMapOffset(using: &generator)
    imageOffset = machine.imageOffset(directMapOffset: directMapOffset, start: self.start, using: &generator)
    tasks = SyntheticTask.sample(userEnd: machine.userEnd, using: &generator)
  }

  /// Writes the kernel; the memory must hold what the kernel uses.
  public func write(into memory: inout SparseMemory) throws -> WrittenKernel {
    var writer = KernelWriter(kernel: self)
    try writer.writeTables(into: &memory)
    try writer.writeTasks(into: &memory)
    try writer.writeNoise(into: &memory)
    return writer.written
  }
}
