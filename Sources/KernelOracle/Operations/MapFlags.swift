/// How memory is mapped: the flags of `mmap` (include/uapi/linux/mman.h, asm-generic/mman.h of Linux 6.18;
/// the same on x86 and ARM).
public struct MapFlags: NamedBits {
  public var rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let shared = MapFlags(rawValue: 0x1)
  public static let `private` = MapFlags(rawValue: 0x2)
  public static let fixed = MapFlags(rawValue: 0x10)
  public static let anonymous = MapFlags(rawValue: 0x20)
  public static let growsDown = MapFlags(rawValue: 0x100)
  public static let locked = MapFlags(rawValue: 0x2000)
  public static let noReserve = MapFlags(rawValue: 0x4000)
  public static let populate = MapFlags(rawValue: 0x8000)
  public static let nonBlock = MapFlags(rawValue: 0x10000)
  public static let stack = MapFlags(rawValue: 0x20000)
  public static let fixedNoReplace = MapFlags(rawValue: 0x100000)

  public static let names: [(name: String, bits: UInt32)] = [
    ("shared", 0x1), ("private", 0x2), ("anonymous", 0x20), ("fixed", 0x10), ("growsdown", 0x100),
    ("locked", 0x2000), ("noreserve", 0x4000), ("populate", 0x8000), ("nonblock", 0x10000),
    ("stack", 0x20000), ("fixed-noreplace", 0x100000),
  ]
}
