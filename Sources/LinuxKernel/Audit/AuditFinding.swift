public import PageTables

/// One thing that an audit found, with the walk that shows it.
public struct AuditFinding: Sendable {
  /// How bad it would be, if it is not meant.
  public enum Severity: String, Hashable, Sendable, CaseIterable, Comparable {
    /// Odd, or weakens one process.
    case low
    /// Weakens the kernel's or another process's protection.
    case medium
    /// Gives the kernel away, or cannot come from a sound kernel.
    case high

    public static func < (left: Severity, right: Severity) -> Bool { left.order < right.order }
    private var order: Int { self == .low ? 0 : self == .medium ? 1 : 2 }
  }

  public var rule: AuditRuleName
  public var severity: Severity
  /// What was found, as a sentence.
  public var summary: String
  /// Why it is as it should be, if it is: the reason, as a sentence.
  public var explanation: String?
  /// The processes that it concerns; empty for what all share.
  public var pids: [Int]
  /// The name of the first of them, or `kernel`.
  public var command: String
  /// The first address, and the last one, inclusive. An explained finding may be scattered between them.
  public var first: VirtualAddress
  public var last: VirtualAddress
  /// How many bytes of that range it concerns; 0 where it is about a table and not about addresses.
  public var byteCount: UInt64
  /// How many separate ranges it is made of.
  public var rangeCount: Int
  /// The region of the kernel that it begins in, where that is known.
  public var region: String?
  /// The rights of the mapping, where there is one.
  public var access: Access?
  /// The walk to the first address.
  public var walk: Translation
  /// The walk to the other place of the same memory, where the finding is about two.
  public var otherWalk: Translation?
  /// The same for the same finding after another boot: what a baseline accepts. It holds no address that
  /// moves with KASLR where the linear map or the kernel image gives one that does not.
  public var key: String

  /// Whether it is as it should be.
  public var isExplained: Bool { explanation != nil }
}
