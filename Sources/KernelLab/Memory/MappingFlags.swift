/// How memory is mapped: the flags of `mmap` (`include/uapi/linux/mman.h`, x86 and ARM).
public struct MappingFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let shared = MappingFlags(rawValue: 0x1)
  public static let `private` = MappingFlags(rawValue: 0x2)
  public static let fixed = MappingFlags(rawValue: 0x10)
  public static let anonymous = MappingFlags(rawValue: 0x20)
  public static let growsDown = MappingFlags(rawValue: 0x100)
  public static let locked = MappingFlags(rawValue: 0x2000)
  public static let noReserve = MappingFlags(rawValue: 0x4000)
  public static let populate = MappingFlags(rawValue: 0x8000)
  public static let nonBlock = MappingFlags(rawValue: 0x10000)
  /// Pages of the fixed pool of huge ones (MAP_HUGETLB).
  public static let hugePages = MappingFlags(rawValue: 0x4_0000)
  public static let fixedNoReplace = MappingFlags(rawValue: 0x10_0000)
}
