import LinuxKernel
import LiveMemory

/// Pages of a process that follow each other in memory, ready to be shown: `pagewalk.pages/1`.
public struct PagesReport: JSONReport, Sendable {
  public static let schema = "pagewalk.pages/1"

  public var start: JSONAddress
  /// Exclusive.
  public var end: JSONAddress
  public var pages: Int
  public var physical: JSONAddress?
  public var swapped: Bool?
  public var flags: [String]
  public var area: RangeReport.AreaName

  private let entry: PagemapEntry

  enum CodingKeys: String, CodingKey { case start, end, pages, physical, swapped, flags, area }

  /// Nil where there is no page.
  init?(_ entry: PagemapEntry, at address: UInt64, pageSizeBytes: UInt64, area: Area) {
    guard entry.isPresent || entry.isSwapped else { return nil }
    self.entry = entry
    start = JSONAddress(address)
    end = JSONAddress(exclusiveEndAfter: address &+ (pageSizeBytes &- 1))
    pages = 1
    physical = entry.frame.map { JSONAddress($0 &* pageSizeBytes) }
    swapped = entry.isPresent ? nil : true
    flags = entry.flags
    self.area = RangeReport.AreaName(area)
  }

  /// Takes the page in if it continues the run.
  mutating func extend(by other: PagemapEntry, at address: UInt64, pageSizeBytes: UInt64) -> Bool {
    guard other.isPresent == entry.isPresent, other.isPresent || other.isSwapped, other.flags == flags,
      other.frame == entry.frame.map({ $0 + UInt64(pages) })
    else { return false }
    pages += 1
    end = JSONAddress(exclusiveEndAfter: address &+ (pageSizeBytes &- 1))
    return true
  }

  public var text: String {
    let place = physical.map { hexadecimal($0.value, width: 9) } ?? (swapped == true ? "swapped" : "hidden")
    let bits = flags.isEmpty ? "" : "  " + flags.joined(separator: " ")
    return "\(hexadecimal(start.value, width: 12))-\(hexadecimal(end.value &- 1, width: 12))  \(place)\(bits)"
      + "  | \(area.permissions ?? "????") \(area.path ?? "anonymous")"
  }

  public static let csvHeader = "start,end,pages,physical,swapped,flags,areaPermissions,path"

  public var csv: String {
    csvLine([
      prefixedHexadecimal(start.value), end.text, "\(pages)",
      physical.map { prefixedHexadecimal($0.value) } ?? "", swapped == true ? "true" : "",
      flags.joined(separator: " "), area.permissions ?? "", area.path ?? "",
    ])
  }
}
