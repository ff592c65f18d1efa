/// The properties of an area (`vm_flags`): rights, sharing, and what was asked for with madvise and mlock.
///
/// Source: `include/linux/mm.h`; the values are ours.
public struct AreaFlags: OptionSet, Hashable, Sendable, BitwiseCopyable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let read = AreaFlags(rawValue: 1 << 0)
  public static let write = AreaFlags(rawValue: 1 << 1)
  public static let execute = AreaFlags(rawValue: 1 << 2)
  /// Writes are seen by all who map the object (MAP_SHARED).
  public static let shared = AreaFlags(rawValue: 1 << 3)
  /// May be made writable (`VM_MAYWRITE`).
  public static let mayWrite = AreaFlags(rawValue: 1 << 4)
  public static let growsDown = AreaFlags(rawValue: 1 << 8)
  public static let locked = AreaFlags(rawValue: 1 << 9)
  public static let lockedOnFault = AreaFlags(rawValue: 1 << 10)
  public static let accounted = AreaFlags(rawValue: 1 << 11)
  public static let noReserve = AreaFlags(rawValue: 1 << 12)
  public static let notCopiedOnFork = AreaFlags(rawValue: 1 << 13)
  public static let wipedOnFork = AreaFlags(rawValue: 1 << 14)
  public static let hugePages = AreaFlags(rawValue: 1 << 15)
  public static let noHugePages = AreaFlags(rawValue: 1 << 16)
  public static let sequential = AreaFlags(rawValue: 1 << 17)
  public static let random = AreaFlags(rawValue: 1 << 18)
  public static let notDumped = AreaFlags(rawValue: 1 << 19)
  /// Pages of a fixed larger size (hugetlb).
  public static let fixedHugePages = AreaFlags(rawValue: 1 << 20)
  /// Memory that may have tags (`VM_MTE_ALLOWED`, AArch64).
  public static let mayBeTagged = AreaFlags(rawValue: 1 << 21)

  public static let anyAccess: AreaFlags = [.read, .write, .execute]

  @inline(__always)
  func intersects(_ other: AreaFlags) -> Bool { rawValue & other.rawValue != 0 }
}
