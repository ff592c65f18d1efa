/// The flags of `mlock2`.
public struct LockFlags: NamedBits {
  public var rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Pages are locked when they are first used.
  public static let onFault = LockFlags(rawValue: 1)

  public static let names: [(name: String, bits: UInt32)] = [("onfault", 1)]
}
