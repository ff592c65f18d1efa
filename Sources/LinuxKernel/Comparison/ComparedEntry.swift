public import PageTables

/// An entry in which a process's tables are not simply the kernel's, or a run of entries that could not be
/// read.
public struct ComparedEntry: Hashable, Sendable {
  /// What two entries at the same place come to.
  public enum Verdict: String, Hashable, Sendable, CaseIterable {
    /// In the kernel page table, not yet in the process's.
    case deferred
    /// In the process's, no longer in the kernel page table.
    case stale
    /// In both, and not the same.
    case different
    /// Not the same, and as it should be.
    case explained
    /// One of the two, or both, could not be read.
    case unreadable
  }

  public var verdict: Verdict
  /// The level of the entry, counted from the format's top.
  public var depth: Int
  /// The entry's number in its table, as the hardware counts; of a run its first.
  public var index: UInt64
  /// The addresses that it translates, as far as they are the kernel's.
  public var first: VirtualAddress
  /// Inclusive.
  public var last: VirtualAddress
  /// The kernel page table's entry; nil if it is absent or could not be read.
  public var master: UInt64?
  /// The process's entry; nil if it is absent or could not be read.
  public var process: UInt64?
  /// What explains the verdict or belongs to it, as a sentence without addresses of this one process.
  public var why: String?

  public init(
    verdict: Verdict, depth: Int, index: UInt64, first: VirtualAddress, last: VirtualAddress,
    master: UInt64? = nil, process: UInt64? = nil, why: String? = nil
  ) {
    self.verdict = verdict
    self.depth = depth
    self.index = index
    self.first = first
    self.last = last
    self.master = master
    self.process = process
    self.why = why
  }
}
