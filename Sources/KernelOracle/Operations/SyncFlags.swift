/// The flags of `msync`.
public struct SyncFlags: NamedBits {
  public var rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let asynchronous = SyncFlags(rawValue: 1)
  public static let invalidate = SyncFlags(rawValue: 2)
  public static let synchronous = SyncFlags(rawValue: 4)

  public static let names: [(name: String, bits: UInt32)] = [("async", 1), ("invalidate", 2), ("sync", 4)]
}
