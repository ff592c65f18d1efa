public import PageTables

/// One kind of leaf entry, prepared for writing: a rule of a level that maps memory.
@frozen
public struct LeafKind: Sendable, BitwiseCopyable {
  /// The level, counted from the format's top.
  public let depth: Int
  /// The rule's place among the level's rules.
  public let ruleIndex: Int
  /// The leaf maps 2^`sizeBits` bytes.
  public let sizeBits: UInt8
  /// How many neighbouring entries say the same (ARM's large pages, Svnapot); 1 for most.
  public let entryCount: Int
  /// One entry spans 2^`shift` bytes.
  public let shift: UInt8
  public let layout: AddressLayout
  /// The physical addresses that an entry can hold: all others have a bit outside of this mask.
  public let addressMask: UInt64
  /// The bits that make it this kind of entry.
  public let ruleMask: UInt64
  /// The bits that decide rights and nothing else.
  public let accessMask: UInt64
  /// The bits that say "accessed", where they do not decide rights.
  public let accessedMask: UInt64
  /// The bits that say "dirty", where they do not decide rights.
  public let dirtyMask: UInt64
  /// The bits that nothing of the above uses and that may be set.
  public let freeMask: UInt64
  /// Whether Linux keeps an entry of its own beside each of the hardware's.
  public let hasSoftwareEntry: Bool

  init(_ rule: EntryRule, index: Int, depth: Int, level: Level, masks: RuleMasks, format: PagingFormat) {
    self.depth = depth
    ruleIndex = index
    sizeBits = rule.sizeBits
    shift = level.shift
    entryCount = rule.sizeBits > level.shift ? 1 << Int(min(rule.sizeBits &- level.shift, 20)) : 1
    layout = rule.address
    let offsetMask: UInt64 = (1 &<< UInt64(rule.sizeBits)) &- 1
    addressMask = rule.address.addressMask & ~format.memoryEncryptionMask & ~offsetMask
    ruleMask = rule.mask
    accessMask = masks.access
    accessedMask = masks.accessed
    dirtyMask = masks.dirty
    freeMask = masks.free
    hasSoftwareEntry = level.software.offsetBytes != 0
  }

  /// The entry bits that hold `address`.
  @inlinable @inline(__always)
  func addressBits(_ address: UInt64) -> UInt64 { layout.entryBits(of: PhysicalAddress(address)) }
}

/// How one access is written in one leaf size: the bits, and which kind of entry it is.
@frozen
public struct LeafEncoding: Sendable, BitwiseCopyable {
  /// Rule and rights; 0 if the access cannot be expressed.
  public var bits: UInt64
  /// The place in ``EditingFormat/kinds``.
  public var kind: Int

  @inlinable public init(bits: UInt64, kind: Int) {
    self.bits = bits
    self.kind = kind
  }

  @inlinable public static var none: LeafEncoding { LeafEncoding(bits: 0, kind: 0) }
}
