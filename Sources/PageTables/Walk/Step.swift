/// One level of a walk: which entry was read, what it said, what it leaves of the rights.
@frozen
public struct Step: HasFiller {
  /// What the entry led to.
  @frozen
  public enum Outcome: Hashable, Sendable, BitwiseCopyable {
    /// The next level's table is there.
    case table(PhysicalAddress)
    /// The address maps to there, in a page of 2^`sizeBits` bytes.
    case leaf(PhysicalAddress, sizeBits: UInt8)
    case stopped(StopReason)
  }

  /// The level, counted from the format's top.
  public var depth: Int
  /// The entry's number in its table.
  public var index: UInt64
  /// Where the table begins.
  public var table: PhysicalAddress
  public var entryAddress: PhysicalAddress
  /// The raw entry; 0 if it could not be read.
  public var entry: UInt64
  /// Which of the level's rules read the entry; 255 for none.
  public var ruleIndex: Int
  public var outcome: Outcome
  /// What this entry allows by itself.
  public var access: Access
  /// What all entries up to this one allow together.
  public var effectiveAccess: Access

  @inlinable
  public init(
    depth: Int, index: UInt64, table: PhysicalAddress, entryAddress: PhysicalAddress, entry: UInt64,
    ruleIndex: Int, outcome: Outcome, access: Access, effectiveAccess: Access
  ) {
    self.depth = depth
    self.index = index
    self.table = table
    self.entryAddress = entryAddress
    self.entry = entry
    self.ruleIndex = ruleIndex
    self.outcome = outcome
    self.access = access
    self.effectiveAccess = effectiveAccess
  }

  public static var filler: Step {
    Step(
      depth: 0, index: 0, table: PhysicalAddress(0), entryAddress: PhysicalAddress(0), entry: 0,
      ruleIndex: 255, outcome: .stopped(.limit), access: .none, effectiveAccess: .none)
  }
}
