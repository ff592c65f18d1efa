/// How the rights of one kind of entry are read from its bits.
@frozen
public struct AccessTable: HasFiller {
  public var rules: FixedList<12, AccessRule>

  public init<let n: Int>(_ rules: InlineArray<n, AccessRule>) { self.rules = FixedList(rules) }
  private init() { rules = FixedList() }

  /// An entry without access bits allows everything.
  public static var unrestricted: AccessTable { AccessTable() }
  public static var filler: AccessTable { .unrestricted }

  /// What an entry allows by itself.
  @inlinable
  public func access(of entry: UInt64) -> Access {
    var access = Access.all
    var index = 0
    while index < rules.count {
      let rule = rules[index]
      if entry & rule.mask == rule.match { access = access.subtracting(rule.denies) }
      index &+= 1
    }
    return access
  }

  /// The bits that the table looks at.
  public var mask: UInt64 {
    var mask: UInt64 = 0
    var index = 0
    while index < rules.count {
      mask |= rules[index].mask
      index &+= 1
    }
    return mask
  }
}
