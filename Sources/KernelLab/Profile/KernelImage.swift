/// The kernel's code and data in RAM, and which of its pages may be written and executed.
///
/// The three parts follow each other; what the largest leaves of the profile cannot tell apart is mapped in
/// smaller ones. Sizes are a configuration's, not a kernel's: distribution kernels have two to four times as
/// much (Debian 6.1: 12 MiB of text).
public struct KernelImage: Hashable, Sendable {
  /// From RAM's first byte to the text's.
  public var offset: UInt64
  /// Executed, not written.
  public var textByteCount: UInt64
  /// Neither written nor executed.
  public var readOnlyByteCount: UInt64
  /// Written, not executed.
  public var dataByteCount: UInt64
  /// Where the text is mapped if not in the linear map; the linear map has then an alias of the image.
  public var virtualStart: UInt64?
  /// Text cannot be written, and data cannot be executed (CONFIG_STRICT_KERNEL_RWX); else the whole linear map
  /// may be both, as it was everywhere once.
  public var isProtected = true
  /// Where the kernel page table's top is, from RAM's first byte; nil: wherever a frame is free.
  ///
  /// ARM's place is fixed: 16 KiB (LPAE 20 KiB) below the text's nominal start at 32 KiB
  /// (`arch/arm/kernel/head.S`).
  public var masterOffset: UInt64?

  public init(
    offset: UInt64, textByteCount: UInt64 = 4 << 20, readOnlyByteCount: UInt64 = 4 << 20,
    dataByteCount: UInt64 = 4 << 20, virtualStart: UInt64? = nil, masterOffset: UInt64? = nil
  ) {
    self.offset = offset
    self.textByteCount = textByteCount
    self.readOnlyByteCount = readOnlyByteCount
    self.dataByteCount = dataByteCount
    self.virtualStart = virtualStart
    self.masterOffset = masterOffset
  }

  public var byteCount: UInt64 { textByteCount &+ readOnlyByteCount &+ dataByteCount }
  /// From RAM's first byte to the first byte behind the image.
  public var end: UInt64 { offset &+ byteCount }
}
