public import LinuxKernel
public import PageTables

/// A range that two address spaces treat differently: `pagewalk.difference/1`.
public struct DifferenceReport: JSONReport, Sendable {
  public static let schema = "pagewalk.difference/1"

  /// What the range's first address is in one of the spaces.
  public struct Side: Encodable, Sendable {
    public var physical: JSONAddress?
    public var pageSize: UInt64?
    public var access: String?
    public var flags: [String]?
    public var reason: String?
    var accessColumns = ""

    enum CodingKeys: String, CodingKey {
      case physical, pageSize, access, flags, reason
    }
  }

  public var start: JSONAddress
  /// Exclusive.
  public var end: JSONAddress
  /// `mapped`, `unmapped` or `changed`.
  public var change: String
  public var aspects: [String]?
  public var before: Side
  public var after: Side
  /// Of a running system: whether it was otherwise a moment before.
  public var changing: Bool?

  var first: UInt64
  var last: UInt64

  enum CodingKeys: String, CodingKey {
    case start, end, change, aspects, before, after, changing
  }

  public init(_ difference: SpaceDifference, format: PagingFormat) {
    first = difference.first.rawValue
    last = difference.last.rawValue
    start = JSONAddress(first)
    end = JSONAddress(exclusiveEndAfter: last)
    let names: [(SpaceDifference.Aspects, String)] = [
      (.frame, "frame"), (.access, "access"), (.pageSize, "page-size"), (.flags, "flags"), (.state, "state"),
    ]
    change =
      difference.aspects.contains(.mapped)
      ? "mapped" : difference.aspects.contains(.unmapped) ? "unmapped" : "changed"
    aspects = change == "changed" ? names.filter { difference.aspects.contains($0.0) }.map(\.1) : nil
    before = Side(difference.before, format: format)
    after = Side(difference.after, format: format)
  }

  /// The column names of ``csv``.
  public static let csvHeader =
    "start,end,change,aspects,physicalBefore,physicalAfter,pageSizeBefore,pageSizeAfter,accessBefore,"
    + "accessAfter,reasonBefore,reasonAfter"

  /// The difference as a line of CSV.
  public var csv: String {
    csvLine([
      start.text, end.text, change, (aspects ?? []).joined(separator: " "),
      before.physical?.text ?? "", after.physical?.text ?? "", before.pageSize.map { "\($0)" } ?? "",
      after.pageSize.map { "\($0)" } ?? "", before.access ?? "", after.access ?? "", before.reason ?? "",
      after.reason ?? "",
    ])
  }

  /// The difference as a line of text, its addresses `digits` wide.
  public func text(digits: Int) -> String {
    let difference = last - first
    let size = difference == .max ? "16 EiB" : sizeText(difference + 1)
    let mark = change == "mapped" ? "+" : change == "unmapped" ? "-" : "!"
    var line = "\(mark) \(hexadecimal(first, width: digits))-\(hexadecimal(last, width: digits))"
    line += "  " + String(repeating: " ", count: max(0, 9 - size.count)) + size + "  "
    switch change {
    case "mapped": line += after.text
    case "unmapped": line += before.text
    default: line += "\((aspects ?? []).joined(separator: ", ")): \(before.text) > \(after.text)"
    }
    if changing != nil { line += "  (changing)" }
    return line
  }
}

extension DifferenceReport.Side {
  init(_ content: MappedRange.Content, format: PagingFormat) {
    switch content {
    case .mapped(let mapping):
      physical = JSONAddress(mapping.physical.rawValue)
      pageSize = 1 << UInt64(mapping.pageSizeBits)
      access = mapping.access.letters
      accessColumns = mapping.access.columns
      let rule = format.level(Int(mapping.depth)).rules[Int(mapping.ruleIndex)]
      flags = format.fields(of: rule).names(in: mapping.entry & ~format.volatileMask(of: rule))
    case .gap(let reason):
      self.reason = reason.contractName
    }
  }

  var text: String {
    guard let physical, let pageSize else { return reason ?? "" }
    return "\(hexadecimal(physical.value)) \(accessColumns) \(sizeName(pageSize))"
  }
}
