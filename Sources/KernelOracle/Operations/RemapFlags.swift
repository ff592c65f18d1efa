/// How memory is moved: the flags of `mremap`.
public struct RemapFlags: NamedBits {
  public var rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let mayMove = RemapFlags(rawValue: 1)
  public static let fixed = RemapFlags(rawValue: 2)
  /// The old range stays mapped, empty.
  public static let dontUnmap = RemapFlags(rawValue: 4)

  public static let names: [(name: String, bits: UInt32)] = [("maymove", 1), ("fixed", 2), ("dontunmap", 4)]
}
