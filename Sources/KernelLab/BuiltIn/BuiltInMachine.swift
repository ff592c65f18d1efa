import PageTableEditing
public import PageTables

/// A small machine to look into before there is an image: an ARMv7 system as the classic experiment had it,
/// with one process and the kernel's own table.
///
/// Nothing of it is stored: every table is written through ``PageTableEditing`` when the machine is made.
///
/// The kernel splits the address space 2 GiB to 2 GiB (PAGE_OFFSET 80000000) and RAM begins at 10000000, as
/// on an i.MX6. The tables of process 614 lie where the experiment's transcript had them: the pgd at kernel
/// address c8058000, the page of Linux's and the hardware's ptes for the stack at c8269000, and the stack's
/// page in the frame 574a1000, whose word at c24 is 8055.
public final class BuiltInMachine: PhysicalMemory, Sendable {
  /// The machine's RAM, tables included.
  private let memory: SparseMemory
  public let format: PagingFormat
  /// The root of process 614, and of the kernel: `swapper_pg_dir`.
  public let processRoot: PageTableRoot
  public let kernelRoot: PageTableRoot

  public static let pid = 614
  public static let command = "experiment"
  /// PAGE_OFFSET: where the kernel maps the first byte of RAM.
  public static let pageOffset = VirtualAddress(0x8000_0000)
  /// PHYS_OFFSET: the first byte of RAM.
  public static let physicalOffset = PhysicalAddress(0x1000_0000)
  public static let ramByteCount: UInt64 = 0x6000_0000

  /// Makes the machine.
  public init() throws {
    var builder = try BuiltInMachineBuilder.make()
    try builder.buildKernel()
    try builder.buildProcess()
    format = builder.format.paging
    processRoot = builder.process.root
    kernelRoot = builder.kernel.root
    memory = builder.takeMemory()
  }

  public func withBytes<Answer>(
    at address: PhysicalAddress, count: Int, _ body: (RawSpan) -> Answer
  ) throws(MemoryFault) -> Answer {
    try memory.withBytes(at: address, count: count, body)
  }
}
