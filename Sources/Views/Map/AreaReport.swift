public import LinuxKernel
import PageTables

/// An area and what its tables hold, ready to be shown: `pagewalk.area/1`.
public struct AreaReport: JSONReport, Sendable {
  public static let schema = "pagewalk.area/1"

  public var start: JSONAddress
  /// Exclusive.
  public var end: JSONAddress
  /// As `/proc/PID/maps` writes them: `r-xp`.
  public var permissions: String?
  public var flags: JSONAddress?
  public var path: String?
  public var fileOffset: UInt64?
  public var presentBytes: UInt64
  public var hugeBytes: UInt64
  public var copyOnWriteBytes: UInt64
  /// Pages by what Linux's absent entries say of them: `swap`, `migration`, `protection-none`, ...
  public var notPresentPages: [String: Int]?
  /// Pages that are Linux's but not the hardware's until the next access (ARM).
  public var oldPages: Int?
  public var unreadableBytes: UInt64?

  var first: UInt64
  var last: UInt64

  enum CodingKeys: String, CodingKey {
    case start, end, permissions, flags, path, fileOffset, presentBytes, hugeBytes, copyOnWriteBytes,
      notPresentPages, oldPages, unreadableBytes
  }

  public init(_ area: Area, _ usage: AreaUsage) {
    first = area.first.rawValue
    last = area.last.rawValue
    start = JSONAddress(first)
    end = JSONAddress(exclusiveEndAfter: last)
    permissions = area.permissions
    flags = area.flags.map { JSONAddress($0) }
    path = area.path
    fileOffset = area.hasFile == true ? area.fileOffset : nil
    presentBytes = usage.presentByteCount
    hugeBytes = usage.hugeByteCount
    copyOnWriteBytes = usage.copyOnWriteByteCount
    for (kind, count) in usage.notPresentCounts {
      notPresentPages = (notPresentPages ?? [:]).merging([kind.stateName: count], uniquingKeysWith: +)
    }
    oldPages = usage.oldCount > 0 ? usage.oldCount : nil
    unreadableBytes = usage.unreadableByteCount > 0 ? usage.unreadableByteCount : nil
  }

  /// The area as a line of text, its addresses `digits` wide.
  public func text(digits: Int) -> String {
    let size = sizeText(last - first + 1)
    var line = "\(hexadecimal(first, width: digits))-\(hexadecimal(last, width: digits))"
    line += "  " + String(repeating: " ", count: max(0, 9 - size.count)) + size
    line += "  \(permissions ?? "????")  "
    // VM_GROWSDOWN, include/linux/mm.h.
    let isStack = (flags?.value ?? 0) & 0x100 != 0
    line += path ?? (isStack ? "[stack]" : permissions == nil ? "" : "anonymous")
    var holds = [presentBytes == 0 ? "nothing present" : "present \(sizeText(presentBytes))"]
    if hugeBytes > 0 { holds.append("huge \(sizeText(hugeBytes))") }
    if copyOnWriteBytes > 0 { holds.append("copied at the next write \(sizeText(copyOnWriteBytes))") }
    for (state, count) in (notPresentPages ?? [:]).sorted(by: { $0.key < $1.key }) {
      holds.append("\(state) \(count) pages")
    }
    if let oldPages { holds.append("old \(oldPages) pages") }
    if let unreadableBytes { holds.append("unreadable \(sizeText(unreadableBytes))") }
    return line + "  [" + holds.joined(separator: ", ") + "]"
  }

  public static let csvHeader =
    "start,end,permissions,path,fileOffset,presentBytes,hugeBytes,copyOnWriteBytes,swapPages,unreadableBytes"

  public var csv: String {
    csvLine([
      prefixedHexadecimal(first), end.text, permissions ?? "", path ?? "", fileOffset.map { "\($0)" } ?? "",
      "\(presentBytes)", "\(hugeBytes)", "\(copyOnWriteBytes)", "\(notPresentPages?["swap"] ?? 0)",
      "\(unreadableBytes ?? 0)",
    ])
  }
}

extension NotPresentState.Kind {
  /// The state's own name, one for each.
  var stateName: String {
    switch self {
    case .none: "none"
    case .swap: "swap"
    case .migration: "migration"
    case .protectionNone: "protection-none"
    case .old: "old"
    case .guard: "guard"
    case .hardwarePoison: "hardware-poison"
    case .device: "device"
    case .marker: "marker"
    case .unknown: "unknown"
    }
  }
}
