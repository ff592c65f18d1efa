public import PageTables

/// One place at which a frame is mapped.
public struct FrameMapping: Hashable, Sendable {
  /// Whose address space it is; nil for the kernel, whose mappings all processes have.
  public var process: ProcessTables?
  /// Where the frame's first byte is mapped.
  public var virtual: VirtualAddress
  /// The level of the entry that maps it, counted from the format's top.
  public var depth: Int
  /// The page that the frame is a part of has 2^`pageSizeBits` bytes.
  public var pageSizeBits: UInt8
  /// The rights that all levels leave.
  public var access: Access
  /// The raw entry.
  public var entry: UInt64

  public init(
    process: ProcessTables?, virtual: VirtualAddress, depth: Int, pageSizeBits: UInt8, access: Access,
    entry: UInt64
  ) {
    self.process = process
    self.virtual = virtual
    self.depth = depth
    self.pageSizeBits = pageSizeBits
    self.access = access
    self.entry = entry
  }
}
