import PageTables

/// Whose tables are being looked at.
struct AuditOwner: Sendable {
  enum Kind: Hashable, Sendable {
    case master
    case process
    /// A root that was found in memory and belongs to nobody.
    case candidate
  }

  var kind: Kind
  var root: PageTableRoot
  var pids: [Int]
  /// `kernel` for the master.
  var command: String
}
