public import PageTables

/// What the kernel keeps about one frame of physical memory: its `struct page`.
public struct FrameRecord: Hashable, Sendable {
  /// Where the `struct page` is.
  public var address: VirtualAddress
  /// The word as it is: flags below, the frame's zone, node and section above.
  public var flagsWord: UInt64
  /// The names of the flags that are set, as the kernel's types or VMCOREINFO have them, without `PG_`.
  public var flags: [String]
  /// Whether every flag that is set has its name in ``flags``.
  public var namesAllFlags: Bool
  /// How often the frame is mapped by programs, as the kernel counted; nil where the word says a type instead.
  public var mapCount: Int?
  /// What a frame without a map count is used for: `buddy` (free), `table`, `slab`, ...
  public var type: String?
  /// How many use the frame in any way.
  public var referenceCount: Int
  /// Whether it is one of several frames that are handled as one: their map counts are kept in several places.
  public var isCompound: Bool
}
