public import PageTables

/// One process's tables against the kernel page table.
public struct ProcessComparison: Hashable, Sendable {
  /// How a process comes by the kernel's mappings.
  public enum Sharing: String, Hashable, Sendable {
    /// Its tables hold copies of the kernel page table's entries.
    case copies
    /// The kernel has a root of its own, and the process's tables hold none of its entries.
    case separateRoots = "separate-roots"
  }

  /// The user's copy of a root under x86's page-table isolation: the root that is loaded while the process
  /// runs in user mode.
  public struct UserCopy: Hashable, Sendable {
    public var root: PhysicalAddress
    /// The user's part: the root that the kernel runs on against the copy, no-execute apart.
    public var userPart: TableComparison
    /// The kernel's part: the kernel page table's own user copy against this one.
    public var kernelPart: TableComparison
  }

  public var process: ProcessTables
  public var sharing: Sharing
  /// The copied entries. Empty for separate roots, unless a part of the kernel's addresses lies in the
  /// process's own tables nevertheless (ARM LPAE: modules and pkmap).
  public var kernelPart: TableComparison
  public var userCopy: UserCopy?

  /// Whether some entry is deferred, stale or different.
  public var differs: Bool {
    kernelPart.differs || (userCopy.map { $0.userPart.differs || $0.kernelPart.differs } ?? false)
  }

  public var isComplete: Bool {
    kernelPart.isComplete && (userCopy.map { $0.userPart.isComplete && $0.kernelPart.isComplete } ?? true)
  }
}
