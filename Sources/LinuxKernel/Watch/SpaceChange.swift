public import PageTables

/// What happened to a part of an address space between two looks at it.
public struct SpaceChange: Hashable, Sendable {
  /// What kind of thing happened.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// A page appeared.
    case mapped
    /// It went.
    case unmapped
    /// Another frame, and it may be written now, which it might not before: a copy on write.
    case copied
    /// Another frame: the page was moved, or went and came between two looks.
    case moved
    /// Other rights.
    case protected
    case swappedOut = "swapped-out"
    case swappedIn = "swapped-in"
    /// Larger pages.
    case huge
    /// Smaller pages.
    case split
    /// Other bits of an entry, that decide neither place nor rights; accessed and dirty excepted.
    case flags
    /// Not mapped before and now, for different reasons.
    case state
    /// A table appeared that serves the range.
    case tableAdded = "table-added"
    /// It went.
    case tableRemoved = "table-removed"
    /// The same addresses are served by another table.
    case tableReplaced = "table-replaced"
  }

  /// A table, where the change is of one.
  public struct Table: Hashable, Sendable {
    /// The level, counted from the format's top.
    public var depth: Int
    public var before: PhysicalAddress?
    public var after: PhysicalAddress?
  }

  public var kind: Kind
  public var first: VirtualAddress
  /// The last address, inclusive.
  public var last: VirtualAddress
  /// What the first address was and is; nil where the change is of a table.
  public var difference: SpaceDifference?
  public var table: Table?

  init(_ difference: SpaceDifference) {
    first = difference.first
    last = difference.last
    self.difference = difference
    let aspects = difference.aspects
    switch (difference.before, difference.after) {
    case (.gap(let reason), .mapped): kind = reason.isSwap ? .swappedIn : .mapped
    case (.mapped, .gap(let reason)): kind = reason.isSwap ? .swappedOut : .unmapped
    case (.gap, .gap): kind = .state
    case (.mapped(let old), .mapped(let new)):
      if aspects.contains(.pageSize), old.pageSizeBits != new.pageSizeBits {
        kind = new.pageSizeBits > old.pageSizeBits ? .huge : .split
      } else if aspects.contains(.frame) {
        kind = !old.access.intersects(.write) && new.access.intersects(.write) ? .copied : .moved
      } else {
        kind = aspects.contains(.access) ? .protected : .flags
      }
    }
  }

  init(_ table: Table, first: VirtualAddress, last: VirtualAddress) {
    self.table = table
    self.first = first
    self.last = last
    kind = table.before == nil ? .tableAdded : table.after == nil ? .tableRemoved : .tableReplaced
  }
}

extension StopReason {
  fileprivate var isSwap: Bool {
    if case .notPresent(let state) = self { return state.kind == .swap }
    return false
  }
}
