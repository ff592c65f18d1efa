/// One level of a page table: which address bits choose the entry, how large an entry is, what it can mean.
@frozen
public struct Level: HasFiller {
  /// Linux's name: `pgd`, `p4d`, `pud`, `pmd`, `pte`.
  public var name: StaticString
  /// The architecture manual's name: `PML4`, `L0`, `section table`.
  public var architectureName: StaticString
  /// Linux's names of the levels that are folded into this one, separated by spaces: their entry *is*
  /// this entry.
  public var foldedNames: StaticString
  /// The lowest address bit that chooses an entry; one entry spans 2^`shift` bytes.
  public var shift: UInt8
  /// How many address bits choose an entry. A region may use fewer or more at its first level.
  public var indexBits: UInt8
  /// The bytes of an entry: 4 or 8.
  public var entryByteCount: UInt8
  public var rules: FixedList<9, EntryRule>
  /// How tables of this level share a page frame, where they are not one page each.
  public var allocation: TableAllocation
  /// Linux's own entries beside the hardware's, where the two differ (ARM short descriptors).
  public var software: SoftwareEntries

  public init<let n: Int>(
    name: StaticString, architectureName: StaticString, foldedNames: StaticString = "", shift: UInt8,
    indexBits: UInt8, entryByteCount: UInt8 = 8, rules: InlineArray<n, EntryRule>,
    allocation: TableAllocation = .whole, software: SoftwareEntries = .none
  ) {
    self.name = name
    self.architectureName = architectureName
    self.foldedNames = foldedNames
    self.shift = shift
    self.indexBits = indexBits
    self.entryByteCount = entryByteCount
    self.rules = FixedList(rules)
    self.allocation = allocation
    self.software = software
  }

  public static var filler: Level {
    Level(name: "", architectureName: "", shift: 0, indexBits: 0, rules: [EntryRule.filler])
  }

  /// The bytes of a whole table of this level.
  @inlinable public var tableByteCount: Int { Int(entryByteCount) &<< Int(indexBits) }

  /// The first rule that fits `entry`, and its place in ``rules``.
  @inlinable
  public func rule(for entry: UInt64) -> (index: Int, rule: EntryRule) {
    var index = 0
    while index < rules.count {
      let rule = rules[index]
      if entry & rule.mask == rule.match { return (index, rule) }
      index &+= 1
    }
    return (255, .filler)
  }
}

/// How an operating system lays several small tables into one page frame.
///
/// ARM short descriptors: two hardware tables of 1 KiB lie in the upper half of a page, 2048 bytes after
/// Linux's own; two neighbouring first-level entries point at them (arch/arm/include/asm/pgtable-2level.h).
@frozen
public struct TableAllocation: BitwiseCopyable, Sendable {
  /// How many neighbouring entries of the level above share one allocation.
  public var tableCount: UInt8
  /// Where the first of the tables lies in the allocation.
  public var offsetBytes: UInt16
  /// The allocation's size and alignment: 2^`sizeBits` bytes; 0 for "one table, its own size".
  public var sizeBits: UInt8

  public init(tableCount: UInt8, offsetBytes: UInt16, sizeBits: UInt8) {
    self.tableCount = tableCount
    self.offsetBytes = offsetBytes
    self.sizeBits = sizeBits
  }

  /// One table an allocation, of the table's own size.
  public static var whole: TableAllocation { TableAllocation(tableCount: 1, offsetBytes: 0, sizeBits: 0) }
}

/// Linux's own entries of a level whose hardware entries cannot say all that Linux must know.
///
/// On ARM short descriptors the hardware has no accessed and no dirty bit. Linux keeps an entry of its own
/// 2048 bytes below the hardware's: an old page, PROT_NONE and swap have hardware entry 0 while Linux's
/// says what they are (arch/arm/include/asm/pgtable-2level.h).
@frozen
public struct SoftwareEntries: BitwiseCopyable, Sendable {
  /// Linux's entry is at the hardware entry's address plus this; 0 where Linux has no entry of its own.
  public var offsetBytes: Int16
  /// Linux's entry covers this many bytes of hardware entries (ARM's pgd_t is a pair of words).
  public var groupByteCount: UInt8
  /// How Linux's entry reads; the rule's `reserved` is not used.
  public var present: EntryRule

  public init(offsetBytes: Int16, groupByteCount: UInt8, present: EntryRule) {
    self.offsetBytes = offsetBytes
    self.groupByteCount = groupByteCount
    self.present = present
  }

  /// Linux uses the hardware's entries.
  public static var none: SoftwareEntries {
    SoftwareEntries(offsetBytes: 0, groupByteCount: 0, present: .filler)
  }
}
