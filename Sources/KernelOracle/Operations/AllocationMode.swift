/// The mode of `fallocate`.
public struct AllocationMode: NamedBits {
  public var rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let keepSize = AllocationMode(rawValue: 1)
  public static let punchHole = AllocationMode(rawValue: 2)
  public static let zeroRange = AllocationMode(rawValue: 0x10)

  public static let names: [(name: String, bits: UInt32)] = [
    ("keep-size", 1), ("punch-hole", 2), ("zero-range", 0x10),
  ]
}
