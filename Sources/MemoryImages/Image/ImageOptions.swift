public import PageTables

/// What the user knows of an image that its file does not say, and the limits of reading it.
public struct ImageOptions: Sendable {
  /// Where the first byte of a raw image lies in physical memory.
  public var baseAddress: PhysicalAddress?
  /// The machine's RAM, as ``MemoryMap`` reads it from `/proc/iomem`. Places the parts of a raw image, and
  /// tells which gaps of an AVML image are zero RAM.
  public var memoryMap: MemoryMap?
  /// The other files of a split set, in any order.
  public var furtherFiles: [String] = []
  /// Read the file as this kind although its first bytes say otherwise; only ``ImageKind/raw`` has a use.
  public var forcedKind: ImageKind?
  /// How much decoded memory to keep, in bytes.
  public var cacheLimitBytes = 64 << 20
  /// How large a LiME image that is one zlib stream may become when it is inflated, in bytes.
  public var inflateLimitBytes: UInt64 = 64 << 30
  /// The folder for the inflated copy; nil is `$TMPDIR`, else `/var/tmp` (`/tmp` is often memory).
  public var temporaryFolder: String?
  /// Called now and then during long work with compressed bytes done and to do.
  public var progress: (@Sendable (_ done: UInt64, _ total: UInt64) -> Void)?

  /// Nothing known beyond the file, usual limits.
  public init() {}
}
