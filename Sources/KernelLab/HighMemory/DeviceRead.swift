/// What a small kernel module sees that walks a process's page table by hand and reads the word there: every
/// step, with the kernel addresses that it follows.
public struct DeviceRead: Hashable, Sendable {
  /// One level: the address of its entry, as the kernel sees it, and what it holds.
  public struct Level: Hashable, Sendable {
    /// Linux's name: pgd, p4d, pud, pmd, pte. A level that the format folds has the entry of the one above.
    public var name: String
    /// Of Linux's entry: on ARM the pair of the first level, and its own word of the last.
    public var entryAddress: UInt64
    public var entry: UInt64
  }

  /// How the page came to be readable for the kernel.
  public enum Mapping: Hashable, Sendable {
    /// The linear map has it.
    case linear
    /// A place of pkmap, or of the fixmap.
    case temporary
  }

  public var pid: Int
  public var address: UInt64
  /// `mm->pgd`, a kernel address.
  public var table: UInt64
  public var levels: [Level]
  /// The physical address of the page, and of the byte; nil if there is none.
  public var page: UInt64?
  public var physical: UInt64?
  /// The kernel address that the page was mapped at for the read, and how.
  public var mappedAt: UInt64?
  public var mapping: Mapping?
  /// The word of four bytes at the address.
  public var value: UInt64?
  /// Why there is no value: a sentence; nil if there is one.
  public var stop: String?
}
