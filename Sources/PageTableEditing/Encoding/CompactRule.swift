internal import PageTables

/// What the editor needs of an entry rule to read an entry: a tenth of the whole, so that the rules of all
/// levels stay in a few cache lines.
struct CompactRule: Sendable {
  let mask: UInt64
  let match: UInt64
  let reserved: UInt64
  let layout: AddressLayout
  let kind: EntryRule.Kind
  /// For a leaf the place among the format's kinds; 255 for none.
  let place: UInt8

  init(_ rule: EntryRule, place: UInt8) {
    mask = rule.mask
    match = rule.match
    reserved = rule.reserved
    layout = rule.address
    kind = rule.kind
    self.place = place
  }
}

/// The rules of one level, and the bits that any of them looks at: entries that agree in those bits are of
/// the same kind.
struct CompactLevel: Sendable {
  let rules: [CompactRule]
  let classMask: UInt64
}
