/// One line of a format's access table: an entry with `entry & mask == match` takes the rights `denies`
/// away. What no line denies is allowed; the rights of a walk are what every level allows.
@frozen
public struct AccessRule: HasFiller {
  public var mask: UInt64
  public var match: UInt64
  public var denies: Access

  public init(mask: UInt64, match: UInt64, denies: Access) {
    self.mask = mask
    self.match = match
    self.denies = denies
  }

  /// The rule for one bit: set, it denies.
  public static func whenSet(bit: UInt8, denies: Access) -> AccessRule {
    AccessRule(mask: 1 &<< UInt64(bit), match: 1 &<< UInt64(bit), denies: denies)
  }

  /// The rule for one bit: clear, it denies.
  public static func whenClear(bit: UInt8, denies: Access) -> AccessRule {
    AccessRule(mask: 1 &<< UInt64(bit), match: 0, denies: denies)
  }

  public static var filler: AccessRule { AccessRule(mask: 0, match: 1, denies: .none) }
}
