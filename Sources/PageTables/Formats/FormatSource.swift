/// What a walker asks of a format, small answer by small answer.
///
/// ``PagingFormat`` is the ordinary source: a value that can be chosen at run time. A format that must be
/// as fast as hand-written code has a type without storage whose answers the compiler folds to constants
/// (``X86_64FourLevel``); a test holds it equal to the value.
public protocol FormatSource: WalkFormat {
  /// The level at `depth`, counted from the top.
  func level(_ depth: Int) -> Level
  var regionCount: Int { get }
  func region(_ index: Int) -> Region
  /// The names of the bits of an entry read by `rule`.
  func fields(of rule: EntryRule) -> FieldTable
  var notPresent: NotPresentTable { get }
}

extension FormatSource {
  @inlinable
  public func rule(for entry: UInt64, depth: Int) -> (index: Int, rule: EntryRule) {
    level(depth).rule(for: entry)
  }

  @inlinable public func softwareEntries(_ depth: Int) -> SoftwareEntries { level(depth).software }
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
