/// What a walker asks of a format, small answer by small answer.
///
/// ``PagingFormat`` is the ordinary source: a value that can be chosen at run time. A format that must be
/// as fast as hand-written code has a type without storage whose answers the compiler folds to constants
/// (``X86_64FourLevel``); a test holds it equal to the value.
public protocol FormatSource: Sendable {
  var levelCount: Int { get }
  /// The level at `depth`, counted from the top.
  func level(_ depth: Int) -> Level
  /// The few numbers of that level that most entries need.
  func geometry(_ depth: Int) -> LevelGeometry
  var regionCount: Int { get }
  func region(_ index: Int) -> Region
  /// The region that `address` lies in, or nil if it is not canonical.
  func region(of address: VirtualAddress) -> Region?
  /// What an entry read by `rule` allows by itself.
  func access(of entry: UInt64, by rule: EntryRule) -> Access
  /// What the combined rights of a whole walk come to; they are `access` itself in most formats.
  func narrowed(_ access: Access) -> Access
  /// The names of the bits of an entry read by `rule`.
  func fields(of rule: EntryRule) -> FieldTable
  var notPresent: NotPresentTable { get }
  /// What Linux means by `entry`, which the hardware calls absent.
  func notPresentState(of entry: UInt64) -> NotPresentState
  var byteOrder: ByteOrder { get }
  var memoryEncryptionMask: UInt64 { get }
  /// The smallest page is 2^`pageSizeBits` bytes.
  var pageSizeBits: UInt8 { get }
  /// How many bits a virtual address has as a number: 32 or 64.
  var addressBits: UInt8 { get }
}

extension FormatSource {
  @inlinable public func narrowed(_ access: Access) -> Access { access }
  public func notPresentState(of entry: UInt64) -> NotPresentState { notPresent.state(of: entry) }

  @inlinable
  public func region(of address: VirtualAddress) -> Region? {
    var index = 0
    while index < regionCount {
      let region = region(index)
      if region.contains(address) { return region }
      index &+= 1
    }
    return nil
  }
}

extension FormatSource {
  /// The bits of an entry that the processor or the kernel changes without changing the mapping: accessed
  /// and dirty.
  @inlinable
  public func volatileMask(of rule: EntryRule) -> UInt64 {
    let fields = fields(of: rule)
    return fields.mask(of: .accessed) | fields.mask(of: .dirty)
  }
}
