/// How many free frames the kernel tries to keep (`WMARK_MIN`, `_LOW`, `_HIGH`), of all zones together.
///
/// min_free_kbytes is the root of 16 times the KiB of RAM, from 128 to 262144; low and high are a quarter
/// and a half more (`calculate_min_free_kbytes`, `__setup_per_zone_wmarks`, `mm/page_alloc.c`, 6.1).
public struct Watermarks: Hashable, Sendable {
  public var min: UInt64
  public var low: UInt64
  public var high: UInt64

  init(ramByteCount: UInt64, pageByteCount: UInt64) {
    let kibibytes = Double(ramByteCount >> 10) * 16
    let limit = Swift.min(Swift.max(UInt64(kibibytes.squareRoot()), 128), 262_144)
    min = (limit << 10) / pageByteCount
    low = min + min / 4
    high = min + min / 2
  }
}
