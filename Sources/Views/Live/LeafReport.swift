import LiveMemory
import PageTables

/// Where one page is, ready to be shown, where nothing is known of the levels above it: `pagewalk.leaf/1`.
public struct LeafReport: JSONReport, Sendable {
  public static let schema = "pagewalk.leaf/1"

  public var source: String
  public var process: WalkReport.Process
  public var virtual: JSONAddress
  public var outcome: String
  public var reason: String?
  public var physical: JSONAddress?
  /// Whether the page is in memory, and its place is not shown to whoever asks.
  public var frameHidden: Bool?
  public var swapType: UInt64?
  public var swapOffset: UInt64?
  /// What pagemap says besides.
  public var flags: [String]
  /// What the kernel says of the frame.
  public var frameFlags: [String]?
  public var area: RangeReport.AreaName?
  public var value: String?
  /// What this source cannot tell.
  public var unknown = ["levels", "tables", "page size", "rights", "accessed", "dirty"]

  var valueBytes: [UInt8]?

  enum CodingKeys: String, CodingKey {
    case source, process, virtual, outcome, reason, physical, frameHidden, swapType, swapOffset, flags
    case frameFlags, area, value, unknown
  }

  public var isMapped: Bool { outcome == "mapped" }

  init(
    _ entry: PagemapEntry, at address: VirtualAddress, of process: ProcessIdentity, source: String,
    pageSizeBytes: UInt64
  ) {
    self.source = source
    self.process = WalkReport.Process(pid: process.pid, command: process.command)
    virtual = JSONAddress(address.rawValue)
    flags = entry.flags
    outcome = entry.isPresent ? "mapped" : "not-mapped"
    if let frame = entry.frame {
      physical = JSONAddress(frame &* pageSizeBytes | address.rawValue % pageSizeBytes)
    } else if entry.isPresent {
      frameHidden = true
    } else if let swap = entry.swap {
      reason = "swap"
      // Whoever may not see frames is not shown the slot either.
      if swap.offset != 0 { (swapType, swapOffset) = swap }
    } else {
      reason = "absent"
    }
  }

  public var text: String {
    var table = TextTable()
    table.add("process", "\(process.pid) (\(process.command))")
    table.add("virtual", hexadecimal(virtual.value))
    if let physical {
      table.add("physical", hexadecimal(physical.value))
    } else if frameHidden == true {
      table.add("physical", "in memory; where is shown to CAP_SYS_ADMIN only")
    } else if let swapOffset {
      table.add("not mapped", "in swap area \(swapType ?? 0), slot \(hexadecimal(swapOffset))")
    } else {
      table.add("not mapped", reason == "swap" ? "in swap" : "no page")
    }
    if !flags.isEmpty { table.add("pagemap", flags.joined(separator: " ")) }
    if let frameFlags { table.add("frame", frameFlags.joined(separator: " ")) }
    if let area {
      table.add("area", "\(area.permissions ?? "????") \(area.path ?? "anonymous")")
    }
    if let valueBytes {
      table.add(
        "value", valueBytes.prefix(64).map { hexadecimal(UInt64($0), width: 2) }.joined(separator: " "))
    }
    table.add("unknown", unknown.joined(separator: ", ") + ": pagemap does not show them")
    return table.lines.joined(separator: "\n")
  }

  public static let csvHeader = "virtual,outcome,reason,physical,flags,frameFlags,value"

  public var csv: String {
    csvLine([
      prefixedHexadecimal(virtual.value), outcome, reason ?? "",
      physical.map { prefixedHexadecimal($0.value) } ?? "", flags.joined(separator: " "),
      (frameFlags ?? []).joined(separator: " "), value ?? "",
    ])
  }
}
