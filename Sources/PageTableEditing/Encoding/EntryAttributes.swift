/// What an entry says beside address and rights.
///
/// Fields are named as the format names them (`global`, `PCD`, `AttrIndx`, `nG`); so one list serves all
/// leaf sizes, wherever the field lies in each; a size that lacks a field goes without.
public struct EntryAttributes: Sendable {
  /// A named field and its value.
  public struct Field: Sendable {
    public var name: String
    public var value: UInt64

    public init(_ name: String, _ value: UInt64 = 1) {
      self.name = name
      self.value = value
    }
  }

  /// Sets the fields that mean "accessed". Where they are clear, RISC-V, AArch64 and others fault; where
  /// Linux keeps entries of its own, the hardware's entry is left empty until the page is touched.
  public var isAccessed: Bool
  /// Sets the fields that mean "dirty"; nil: where the mapping is writable. Where Linux keeps entries of
  /// its own, the hardware's entry is read-only while the page is clean.
  public var isDirty: Bool?
  public var fields: [Field]

  public init(isAccessed: Bool = true, isDirty: Bool? = nil, fields: [Field] = []) {
    self.isAccessed = isAccessed
    self.isDirty = isDirty
    self.fields = fields
  }

  /// Accessed, and dirty where writable.
  public static var standard: EntryAttributes { EntryAttributes() }
}
