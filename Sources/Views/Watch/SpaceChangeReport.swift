import LinuxKernel
import PageTables

/// Something that happened to a range that is watched: `pagewalk.change/1`.
public struct SpaceChangeReport: JSONReport, Sendable {
  public static let schema = "pagewalk.change/1"

  /// A table that came or went.
  public struct Table: Encodable, Sendable {
    public var level: String
    public var before: JSONAddress?
    public var after: JSONAddress?
  }

  /// Milliseconds since the first look.
  public var milliseconds: UInt64
  /// The kind: `mapped`, `copied`, `table-added`, ..., or `exited`.
  public var change: String
  public var start: JSONAddress?
  /// Exclusive.
  public var end: JSONAddress?
  public var before: DifferenceReport.Side?
  public var after: DifferenceReport.Side?
  public var table: Table?
  private var byteCount: UInt64 = 0
  private var first: UInt64 = 0
  private var last: UInt64 = 0
  private var digits = 16

  enum CodingKeys: String, CodingKey {
    case milliseconds, change, start, end, before, after, table
  }

  init(_ change: SpaceChange, in space: AddressSpace, after time: Duration) {
    milliseconds = Self.milliseconds(time)
    self.change = change.kind.rawValue
    first = change.first.rawValue
    last = change.last.rawValue
    start = JSONAddress(first)
    end = JSONAddress(exclusiveEndAfter: last)
    byteCount = last &- first &+ 1
    digits = space.addressDigits
    if let difference = change.difference {
      before = DifferenceReport.Side(difference.before, format: space.format)
      after = DifferenceReport.Side(difference.after, format: space.format)
    }
    if let table = change.table {
      self.table = Table(
        level: "\(space.format.level(table.depth).name)",
        before: table.before.map { JSONAddress($0.rawValue) },
        after: table.after.map { JSONAddress($0.rawValue) })
    }
  }

  /// The process ended, or has other tables by now.
  init(exitAfter time: Duration) {
    milliseconds = Self.milliseconds(time)
    change = "exited"
  }

  private static func milliseconds(_ time: Duration) -> UInt64 {
    UInt64(max(0, (time / .milliseconds(1)).rounded(.down)))
  }

  /// The column names of ``csv``.
  public static let csvHeader =
    "milliseconds,change,start,end,physicalBefore,physicalAfter,pageSizeBefore,pageSizeAfter,accessBefore,"
    + "accessAfter,reasonBefore,reasonAfter,level,tableBefore,tableAfter"

  /// The change as a line of CSV.
  public var csv: String {
    csvLine([
      "\(milliseconds)", change, start?.text ?? "", end?.text ?? "", before?.physical?.text ?? "",
      after?.physical?.text ?? "", before?.pageSize.map { "\($0)" } ?? "",
      after?.pageSize.map { "\($0)" } ?? "",
      before?.access ?? "", after?.access ?? "", before?.reason ?? "", after?.reason ?? "",
      table?.level ?? "",
      table?.before?.text ?? "", table?.after?.text ?? "",
    ])
  }

  /// The change as a line of text.
  public var text: String {
    let thousandths = "\(milliseconds % 1000)"
    let time =
      "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - thousandths.count))\(thousandths) s"
    var line = String(repeating: " ", count: max(0, 10 - time.count)) + time + "  "
    guard start != nil else { return line + "the process has exited, or has other page tables by now" }
    line += change + String(repeating: " ", count: max(0, 14 - change.count))
    line += " \(hexadecimal(first, width: digits))-\(hexadecimal(last, width: digits))"
    let size = sizeText(byteCount)
    line += "  " + String(repeating: " ", count: max(0, 7 - size.count)) + size + "  "
    if let table {
      let places = [table.before, table.after].compactMap { $0.map { hexadecimal($0.value) } }
      return line + "\(table.level) at \(places.joined(separator: " > "))"
    }
    return line + "\(before?.text ?? "") > \(after?.text ?? "")"
  }
}
