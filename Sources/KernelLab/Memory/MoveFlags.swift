/// How `mremap` moves memory.
public struct MoveFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let mayMove = MoveFlags(rawValue: 1)
  public static let fixed = MoveFlags(rawValue: 2)
  /// The old range stays mapped, empty.
  public static let dontUnmap = MoveFlags(rawValue: 4)
}
