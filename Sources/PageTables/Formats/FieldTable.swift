/// The named fields of one kind of entry.
@frozen
public struct FieldTable: HasFiller {
  public var fields: FixedList<24, BitField>

  public init<let n: Int>(_ fields: InlineArray<n, BitField>) { self.fields = FixedList(fields) }
  private init() { fields = FixedList() }
  public static var filler: FieldTable { FieldTable() }

  /// The same fields without those that begin at `bit` or above: what a shorter entry has of them.
  public func below(bit: UInt8) -> FieldTable {
    var table = FieldTable()
    var index = 0
    while index < fields.count {
      if fields[index].lowBit < bit { table.fields.append(fields[index]) }
      index &+= 1
    }
    return table
  }

  /// The bits of all fields with the given meaning.
  public func mask(of meaning: BitField.Meaning) -> UInt64 {
    var mask: UInt64 = 0
    var index = 0
    while index < fields.count {
      if fields[index].meaning == meaning { mask |= fields[index].mask }
      index &+= 1
    }
    return mask
  }
}
