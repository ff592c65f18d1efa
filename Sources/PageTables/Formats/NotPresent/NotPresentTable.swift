/// How one architecture's Linux, of one era, writes what is not present. Data, like the formats.
///
/// Rules are tried in order; the first that fits names the state. A swap entry's type field tells real
/// swap areas from the special ones at its upper end (include/linux/swap.h); how many special types there
/// are depends on the kernel's version and configuration, so it belongs to the era, too.
@frozen
public struct NotPresentTable: HasFiller {
  /// One state: `entry & mask == match`, and the type field within `types`.
  @frozen
  public struct Rule: HasFiller, Hashable {
    public var kind: NotPresentState.Kind
    public var mask: UInt64
    public var match: UInt64
    public var typeLowBit: UInt8
    public var typeBitCount: UInt8
    public var firstType: UInt8
    public var lastType: UInt8
    public var offsetLowBit: UInt8
    public var offsetBitCount: UInt8
    /// The offset is stored inverted (x86 since the L1TF mitigation of 2018).
    public var offsetIsInverted: Bool
    /// If not zero, only these offset bits distinguish the state (markers): at least one must be set.
    public var offsetBits: UInt64

    public init(
      _ kind: NotPresentState.Kind, mask: UInt64 = 0, match: UInt64 = 0,
      type: ClosedRange<UInt8>? = nil, types: ClosedRange<UInt8> = 0...255,
      offset: ClosedRange<UInt8>? = nil, inverted: Bool = false, offsetBits: UInt64 = 0
    ) {
      self.kind = kind
      self.mask = mask
      self.match = match
      self.typeLowBit = type?.lowerBound ?? 0
      self.typeBitCount = type.map { $0.upperBound &- $0.lowerBound &+ 1 } ?? 0
      self.firstType = types.lowerBound
      self.lastType = types.upperBound
      self.offsetLowBit = offset?.lowerBound ?? 0
      self.offsetBitCount = offset.map { $0.upperBound &- $0.lowerBound &+ 1 } ?? 0
      self.offsetIsInverted = inverted
      self.offsetBits = offsetBits
    }

    public static var filler: Rule { Rule(.unknown) }

    @inline(__always)
    func state(of entry: UInt64) -> NotPresentState? {
      guard entry & mask == match else { return nil }
      let typeMask: UInt64 = (1 &<< UInt64(typeBitCount)) &- 1
      let type = (entry &>> UInt64(typeLowBit)) & typeMask
      guard typeBitCount == 0 || (type >= UInt64(firstType) && type <= UInt64(lastType)) else { return nil }
      let offsetMask: UInt64 = (1 &<< UInt64(offsetBitCount)) &- 1
      let source = offsetIsInverted ? ~entry : entry
      let offset = (source &>> UInt64(offsetLowBit)) & offsetMask
      guard offsetBits == 0 || offset & offsetBits != 0 else { return nil }
      return NotPresentState(kind, type: type, offset: offset)
    }
  }

  /// The first release that writes so.
  public var since: KernelRelease
  /// The kernels that write so, for people: `Linux 5.19 to 6.1, x86-64`.
  public var era: StaticString
  public var rules: FixedList<12, Rule>
  /// Which types are not swap areas; all zero where the rules were not made from such numbers.
  public internal(set) var special = SpecialSwapTypes.none
  /// Whether ``special`` is what this very kernel has, and not what its release has with the usual options.
  public var knowsOptions = false

  public init<let n: Int>(since: KernelRelease, era: StaticString, rules: InlineArray<n, Rule>) {
    self.since = since
    self.era = era
    self.rules = FixedList(rules)
  }

  private init() {
    since = KernelRelease(0, 0)
    era = ""
    rules = FixedList()
  }

  /// Knows only "empty".
  public static var filler: NotPresentTable { NotPresentTable() }

  /// The state that Linux means by `entry`, an entry that the hardware calls absent.
  public func state(of entry: UInt64) -> NotPresentState {
    guard entry != 0 else { return NotPresentState(.none) }
    return rules.firstAnswer { $0.state(of: entry) } ?? NotPresentState(.unknown)
  }
}
