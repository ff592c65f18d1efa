/// What `/proc/PID/pagemap` says of one page (Documentation/admin-guide/mm/pagemap.rst, Linux 6.18).
public struct PageEntry: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// In memory. Bit 63.
  public var isPresent: Bool { rawValue >> 63 & 1 == 1 }
  /// In swap, or one of the entries that the kernel writes in its place. Bit 62.
  public var isSwapped: Bool { rawValue >> 62 & 1 == 1 }
  /// A page of a file or of shared memory. Bit 61.
  public var isFile: Bool { rawValue >> 61 & 1 == 1 }
  /// Part of a guard region. Bit 58, since Linux 6.15.
  public var isGuard: Bool { rawValue >> 58 & 1 == 1 }
  /// Mapped exactly once, over all processes. Bit 56.
  public var isExclusive: Bool { rawValue >> 56 & 1 == 1 }
  /// Written since the marks were cleared, or in an area newer than that. Bit 55; see ``Conditions/softDirty``.
  public var isSoftDirty: Bool { rawValue & Self.softDirty != 0 }
  /// The frame of a page that is present: an identity, since the kernel may choose any. 0 where the reader may
  /// not see it (``Conditions/framesVisible``).
  public var frame: UInt64? { isPresent ? rawValue & Self.frameMask : nil }

  static let softDirty: UInt64 = 1 << 55
  static let frameMask: UInt64 = 1 << 55 - 1
}
