/// A page-table format, as data: the levels, what their entries mean, which addresses are canonical, and
/// how rights and names are read from the bits. No format has code of its own.
///
/// The catalogue is in `Formats/Catalogue`, one file an architecture. A format's instances are values: a
/// memory-encryption mask or another kernel era is a changed copy.
@frozen
public struct PagingFormat: FormatSource {
  /// The name that the command line and the JSON contract use, such as `x86-64`.
  public var name: StaticString
  /// One line for a person who chooses a format.
  public var summary: StaticString
  /// The levels in walk order, top first.
  public private(set) var levels: FixedList<6, Level>
  /// The canonical addresses, in ascending order.
  public var regions: FixedList<4, Region>
  public internal(set) var accessTables: FixedList<6, AccessTable>
  public private(set) var fieldTables: FixedList<8, FieldTable>
  /// How Linux writes entries that the hardware calls absent.
  public var notPresent: NotPresentTable
  /// How a root register (CR3, TTBR, satp) holds the root table's address.
  public var rootRegister: AddressLayout
  /// The smallest page is 2^`pageSizeBits` bytes.
  public var pageSizeBits: UInt8
  /// How many bits a virtual address has as a number: 32 or 64.
  public var addressBits: UInt8
  public var byteOrder: ByteOrder
  /// Address bits that are a flag, not an address (AMD's C-bit); cleared in every address of an entry.
  public private(set) var memoryEncryptionMask: UInt64
  /// Rights that the combined rights of a whole walk take away.
  public var implications: FixedList<2, AccessImplication>

  /// What the walks use of the levels.
  @usableFromInline private(set) var geometries: LevelGeometries

  public init<let l: Int, let r: Int, let a: Int, let f: Int>(
    name: StaticString, summary: StaticString, levels: InlineArray<l, Level>,
    regions: InlineArray<r, Region>, accessTables: InlineArray<a, AccessTable>,
    fieldTables: InlineArray<f, FieldTable>, notPresent: NotPresentTable, rootRegister: AddressLayout,
    pageSizeBits: UInt8 = 12, addressBits: UInt8 = 64, byteOrder: ByteOrder = .little
  ) {
    self.init(
      name: name, summary: summary, levels: FixedList(levels), regions: regions, accessTables: accessTables,
      fieldTables: fieldTables, notPresent: notPresent, rootRegister: rootRegister,
      pageSizeBits: pageSizeBits, addressBits: addressBits, byteOrder: byteOrder)
  }

  /// The same, for formats whose number of levels is a parameter.
  init<let r: Int, let a: Int, let f: Int>(
    name: StaticString, summary: StaticString, levels: FixedList<6, Level>,
    regions: InlineArray<r, Region>, accessTables: InlineArray<a, AccessTable>,
    fieldTables: InlineArray<f, FieldTable>, notPresent: NotPresentTable, rootRegister: AddressLayout,
    pageSizeBits: UInt8 = 12, addressBits: UInt8 = 64, byteOrder: ByteOrder = .little
  ) {
    self.name = name
    self.summary = summary
    self.levels = levels
    self.regions = FixedList(regions)
    self.accessTables = FixedList(accessTables)
    self.fieldTables = FixedList(fieldTables)
    self.notPresent = notPresent
    self.rootRegister = rootRegister
    self.pageSizeBits = pageSizeBits
    self.addressBits = addressBits
    self.byteOrder = byteOrder
    self.memoryEncryptionMask = 0
    self.implications = FixedList()
    self.geometries = LevelGeometries()
    geometries = LevelGeometries(self)
  }

  /// The same format with AMD's memory-encryption bit (or bits) taken out of every address.
  public func masking(memoryEncryption mask: UInt64) -> PagingFormat {
    var copy = self
    copy.memoryEncryptionMask = mask
    copy.geometries = LevelGeometries(copy)
    return copy
  }

  /// The same format with another kernel era's not-present entries.
  public func reading(notPresent table: NotPresentTable) -> PagingFormat {
    var copy = self
    copy.notPresent = table
    return copy
  }

  // MARK: FormatSource

  @inlinable public var levelCount: Int { levels.count }
  @inlinable public func level(_ depth: Int) -> Level { levels[depth] }
  @inlinable @inline(__always)
  public func geometry(_ depth: Int) -> LevelGeometry { geometries[depth] }
  @inlinable public func region(_ index: Int) -> Region { regions[index] }
  @inlinable public var regionCount: Int { regions.count }

  @inlinable @inline(__always)
  public func region(of address: VirtualAddress) -> Region? {
    // Constant indices are read in place; a loop would copy the list.
    if regions.count > 0, regions[0].contains(address) { return regions[0] }
    if regions.count > 1, regions[1].contains(address) { return regions[1] }
    if regions.count > 2, regions[2].contains(address) { return regions[2] }
    if regions.count > 3, regions[3].contains(address) { return regions[3] }
    return nil
  }

  @inlinable public func access(of entry: UInt64, by rule: EntryRule) -> Access {
    Int(rule.accessTable) < accessTables.count ? accessTables[Int(rule.accessTable)].access(of: entry) : .all
  }

  @inlinable public func narrowed(_ access: Access) -> Access {
    var narrowed = access
    var index = 0
    while index < implications.count {
      if access.contains(implications[index].when) {
        narrowed = narrowed.subtracting(implications[index].denies)
      }
      index &+= 1
    }
    return narrowed
  }

  public func fields(of rule: EntryRule) -> FieldTable { fieldTables[Int(rule.fieldTable)] }

  public func notPresentState(of entry: UInt64) -> NotPresentState { notPresent.state(of: entry) }

  /// The bits that the rights of an entry read by `rule` depend on.
  public func accessMask(of rule: EntryRule) -> UInt64 {
    Int(rule.accessTable) < accessTables.count ? accessTables[Int(rule.accessTable)].mask : 0
  }
}
