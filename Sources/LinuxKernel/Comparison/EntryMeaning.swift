import PageTables

/// What an entry says, apart from the bits in which it is written.
struct EntryMeaning: Hashable, Sendable {
  enum Kind: Hashable, Sendable { case absent, table, leaf, invalid }

  var kind: Kind
  /// The table or the page.
  var target: PhysicalAddress
  /// The page's size is 2^`sizeBits` bytes.
  var sizeBits: UInt8
  var access: Access
  /// Which of the level's rules read it; nil for none.
  var ruleIndex: Int?

  var isPresent: Bool { kind != .absent }

  static let invalid = EntryMeaning(
    kind: .invalid, target: PhysicalAddress(0), sizeBits: 0, access: .none, ruleIndex: nil)
}
