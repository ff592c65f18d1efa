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
