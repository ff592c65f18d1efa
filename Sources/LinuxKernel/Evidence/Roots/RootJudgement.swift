public import PageTables

/// What one table was found to be, and why.
public struct RootJudgement: Sendable {
  public var kind: RootKind
  public var shape: RootShape
  public var root: PhysicalAddress
  /// For a user copy: the kernel's root that it belongs to.
  public var kernelRoot: PhysicalAddress?
  /// Pages that users may reach, of those that were looked at.
  public var userPageCount: Int
  /// Entries of the kernel's part that are in use.
  public var kernelEntryCount: Int
  /// Virtual minus physical address of most of RAM, modulo the word, and how many bytes of RAM agree. Nil
  /// for a root that does not map the kernel.
  public var directMap: DirectMap?
  /// How far from the kernel's text the table lies: 0 inside the image; nil if the text was not seen.
  public var textDistance: UInt64?
  /// Tables below that could not be read. With some, the judgement rests on the others.
  public var unreadableTableCount: Int
  public var evidence: [Evidence]

  /// A mapping of RAM at a constant distance.
  public struct DirectMap: Hashable, Sendable {
    /// Virtual minus physical address, modulo the word.
    public var offset: UInt64
    public var byteCount: UInt64
  }
}
