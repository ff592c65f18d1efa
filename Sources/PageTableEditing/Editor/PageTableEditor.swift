public import PageTables

/// Writes the page tables of one address space, in any writable physical memory: what it writes,
/// `Walker` reads back.
///
/// ```swift
/// let format = EditingFormat(.x86_64)
/// var memory = try SparseMemory(byteCount: 1 << 30)
/// var frames = SequentialFrames(from: PhysicalAddress(0), byteCount: 1 << 24)
/// let editor = try PageTableEditor(makingRootsFor: format, in: &memory, frames: &frames)
/// try editor.map(
///   VirtualAddress(0x40_0000), to: PhysicalAddress(0x123_4000), sizeBits: 12, access: .all,
///   in: &memory, frames: &frames)
/// ```
///
/// An editor holds no memory and no frames, and flushes no TLB: that is for whoever simulates one. Tables
/// that it makes allow everything, so a page's rights are those of its leaf.
///
/// Errors are ``EditError``; an edit that is refused leaves the tables as they were, but for tables that
/// were already made on the way down, which stay and are empty. Of an edit of a range, what lies before
/// the error's address is done.
@frozen
public struct PageTableEditor: Sendable {
  public let format: EditingFormat
  public let root: PageTableRoot

  @inlinable public init(format: EditingFormat, root: PageTableRoot) {
    self.format = format
    self.root = root
  }

  /// A walker over the same tables.
  public var walker: Walker<PagingFormat> { Walker(format: format.paging, root: root) }
}

/// Where an entry is.
@frozen
public struct EntryLocation: Hashable, Sendable, BitwiseCopyable {
  /// The level, counted from the format's top.
  public var depth: Int
  public var table: PhysicalAddress
  public var index: UInt64
  /// How many entries the table has.
  public var entryCount: UInt64
  /// The entry's address.
  public var address: PhysicalAddress

  @inlinable
  init(depth: Int, table: UInt64, index: UInt64, entryCount: UInt64, entrySizeBits: UInt8) {
    self.depth = depth
    self.table = PhysicalAddress(table)
    self.index = index
    self.entryCount = entryCount
    address = PhysicalAddress(table &+ (index &<< UInt64(entrySizeBits)))
  }
}

/// What an entry says, by the format's full rules.
enum EntryMeaning {
  case absent
  case table(PhysicalAddress)
  /// The place among the format's kinds.
  case leaf(kind: Int)
  case refused(EditError.Problem)
}

extension EditingFormat {
  /// The table that an entry names by the full rules, or nil.
  @usableFromInline @inline(never)
  func tableAddress(_ entry: UInt64, depth: Int) -> UInt64? {
    guard case .table(let table) = meaning(of: entry, depth: depth) else { return nil }
    return table.rawValue
  }

  /// What `entry` says, by the first of the level's rules that fits.
  func meaning(of entry: UInt64, depth: Int) -> EntryMeaning {
    for rule in rules[depth].rules where entry & rule.mask == rule.match {
      switch rule.kind {
      case .absent: return .absent
      case .invalid: return .refused(.invalidEntry)
      case .table, .leaf:
        let excess = entry & rule.reserved
        guard excess == 0 else { return .refused(.reservedBits(excess)) }
        if rule.kind == .leaf {
          return rule.place == 255 ? .refused(.invalidEntry) : .leaf(kind: Int(rule.place))
        }
        guard depth &+ 1 < levels.count else { return .refused(.invalidEntry) }
        let target = rule.layout.address(from: entry).rawValue & ~paging.memoryEncryptionMask
        return .table(PhysicalAddress(target))
      }
    }
    return .refused(.invalidEntry)
  }

  /// The kind of an entry that is a leaf by itself: not repeated, and without an entry of Linux's own
  /// beside it. -1 for all else.
  @usableFromInline @inline(never)
  func plainLeaf(_ entry: UInt64, depth: Int) -> Int {
    guard case .leaf(let place) = meaning(of: entry, depth: depth) else { return -1 }
    return kinds[place].entryCount == 1 && !kinds[place].hasSoftwareEntry ? place : -1
  }
}
