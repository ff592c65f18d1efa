public import PageTables

/// What a root table of Linux looks like in one format: where it may lie, what its entries may be, which part
/// of it is the user's and which the kernel's. All that an architecture needs beyond its format is here, as
/// data; the list is in `RootShape+Linux.swift`.
public struct RootShape: Sendable {
  /// How the halves of the address space are laid over the roots.
  public enum Role: String, Hashable, Sendable {
    /// One table for both halves.
    case whole
    /// The users' half has a root of its own (TTBR0).
    case lower
    /// The kernel's half has a root of its own (TTBR1).
    case upper
  }

  public var format: PagingFormat
  public var role: Role = .whole
  /// How many bytes the table has.
  public var tableByteCount: Int
  /// The table's address is a multiple of this.
  public var alignmentBytes: UInt64
  /// The users' addresses; nil for a root that serves the kernel alone.
  public var user: ClosedRange<UInt64>?
  /// The kernel's addresses; nil for a root that serves users alone.
  public var kernel: ClosedRange<UInt64>?
  /// Where the direct map must begin, within 16 MiB; nil if it moves.
  public var directMapFirst: UInt64?
  /// An entry that every root has, as a table: where the kernel keeps something at a fixed address.
  public var requiredIndex: Int?
  /// Bits of a table entry that Linux leaves zero, though the hardware would not mind.
  public var clearBits: UInt64 = 0
  /// Bits that a leaf of a user's page has set.
  public var userLeafBits: UInt64 = 0
  /// How many pages of RAM users must be able to reach: what else says that it is a process's root is not
  /// the same for all.
  public var minimumUserPages = 1
  /// Whether processes are compared by the tables that the kernel's entries name, not by those entries.
  public var comparesNextLevel = false
  /// With page-table isolation the users' copy of a root lies this many bytes behind it.
  public var userCopyOffset: UInt64?

  /// The shape of a root of `format` that serves `user` and `kernel`; the table's size and alignment are the
  /// format's.
  init(
    _ format: PagingFormat, role: Role = .whole, user: ClosedRange<UInt64>?, kernel: ClosedRange<UInt64>?
  ) {
    self.format = format
    self.role = role
    self.user = user
    self.kernel = kernel
    let region = format.regions[0]
    let level = format.level(Int(region.firstDepth))
    tableByteCount = Int(level.entryByteCount) << Int(region.firstIndexBits)
    alignmentBytes = 1 << UInt64(format.rootRegister.entryMask.trailingZeroBitCount & 63)
    // satp counts pages: there the lowest bit of the entry is not the lowest bit of the address.
    let aligned = UInt64(1) << UInt64(format.rootRegister.addressMask.trailingZeroBitCount & 63)
    // A table of few entries is one of the objects of that size that fill a page (arch/arm64/mm/pgd.c).
    alignmentBytes = max(alignmentBytes, aligned, min(UInt64(tableByteCount), 4096))
  }

  /// The level of the root table.
  var depth: Int { Int(format.regions[0].firstDepth) }
  var entryByteCount: Int { Int(format.level(depth).entryByteCount) }
  var entryCount: Int { tableByteCount / entryByteCount }

  /// Which of the root's entries translate `addresses`.
  func indices(of addresses: ClosedRange<UInt64>?) -> Range<Int> {
    guard let addresses else { return 0..<0 }
    let shift = UInt64(format.level(depth).shift)
    let mask = UInt64(entryCount - 1)
    let first = Int((addresses.lowerBound >> shift) & mask)
    let last = Int((addresses.upperBound >> shift) & mask)
    return first <= last ? first..<last + 1 : 0..<0
  }

  /// Of a table with fewer bytes the entries alone tell little: what is below it must speak for it. In bytes.
  static let telling = 512

  /// A root register's worth: both roots are this table, as far as this shape looks.
  func walker(_ root: PhysicalAddress) -> Walker<PagingFormat> {
    Walker(format: format, root: PageTableRoot(root))
  }
}
