/// What an entry means if `entry & mask == match`. A level tries its rules in order; the first that fits
/// decides, and an entry that fits none is invalid.
@frozen
public struct EntryRule: HasFiller {
  @frozen
  public enum Kind: UInt8, Sendable, BitwiseCopyable {
    /// The entry holds the address of the next level's table.
    case table
    /// The entry maps memory.
    case leaf
    /// The hardware stops here; what the other bits mean is the operating system's affair.
    case absent
    /// An encoding that the architecture reserves.
    case invalid
  }

  public var kind: Kind
  public var mask: UInt64
  public var match: UInt64
  /// What the manual calls such an entry: `page directory`, `section`, `2 MiB page`.
  public var name: StaticString
  /// For a leaf: the size it maps is 2^`sizeBits` bytes. It may be larger than what one entry spans
  /// (ARM's repeated large pages, Svnapot).
  public var sizeBits: UInt8
  public var address: AddressLayout
  /// Bits that must be zero in such an entry; a set one makes the entry invalid.
  public var reserved: UInt64
  /// Which of the format's ``PagingFormat/accessTables`` and ``PagingFormat/fieldTables`` read it.
  public var accessTable: UInt8
  public var fieldTable: UInt8

  public init(
    _ kind: Kind, mask: UInt64, match: UInt64, name: StaticString, sizeBits: UInt8 = 0,
    address: AddressLayout = .filler, reserved: UInt64 = 0, accessTable: UInt8 = 255, fieldTable: UInt8 = 255
  ) {
    self.kind = kind
    self.mask = mask
    self.match = match
    self.name = name
    self.sizeBits = sizeBits
    self.address = address
    self.reserved = reserved
    self.accessTable = accessTable
    self.fieldTable = fieldTable
  }

  public static var filler: EntryRule { EntryRule(.invalid, mask: 0, match: 0, name: "invalid") }
}
