/// Where the parts of the kernel's address space are, for one machine.
///
/// Ranges are half-open byte addresses; an empty one is a part that the machine does not have. The top of a
/// 64-bit space is given as its last page's start where 2^64 would be meant.
public struct KernelLayout: Hashable, Sendable {
  /// The linear map of RAM, and the physical address of its first byte.
  public var linear: Range<UInt64>
  public var physicalOffset: UInt64
  public var vmalloc: Range<UInt64>
  /// Where modules go; equal to `vmalloc` where they have no place of their own.
  public var modules: Range<UInt64>
  /// The permanent kernel mappings of high memory (`kmap`).
  public var pkmap: Range<UInt64>
  public var fixmap: Range<UInt64>
  /// Where in the fixmap the temporary mappings of high memory are; the first page to be used is the last.
  public var temporaryMappings: Range<UInt64>
  public var cpuEntryArea: Range<UInt64>
  /// Where a process's own segment descriptors are mapped (x86, from 4.15 on).
  public var localTable: Range<UInt64>
  /// ARM's exception vectors.
  public var vectors: Range<UInt64>
  /// The kernel's text and data.
  public var image: Range<UInt64>

  public init(
    linear: Range<UInt64>, physicalOffset: UInt64, vmalloc: Range<UInt64>, modules: Range<UInt64>? = nil,
    pkmap: Range<UInt64> = 0..<0, fixmap: Range<UInt64> = 0..<0, temporaryMappings: Range<UInt64> = 0..<0,
    cpuEntryArea: Range<UInt64> = 0..<0, localTable: Range<UInt64> = 0..<0, vectors: Range<UInt64> = 0..<0,
    image: Range<UInt64> = 0..<0
  ) {
    self.linear = linear
    self.physicalOffset = physicalOffset
    self.vmalloc = vmalloc
    self.modules = modules ?? vmalloc
    self.pkmap = pkmap
    self.fixmap = fixmap
    self.temporaryMappings = temporaryMappings
    self.cpuEntryArea = cpuEntryArea
    self.localTable = localTable
    self.vectors = vectors
    self.image = image
  }
}
