import LinuxKernel
import PageTables

/// An entry that is not simply the same.
public struct ComparisonEntryReport: Encodable, Sendable {
  /// Absent in a list that is named by it.
  public var verdict: String?
  public var index: UInt64
  public var level: String
  public var start: JSONAddress
  /// Exclusive.
  public var end: JSONAddress
  public var master: JSONAddress?
  public var process: JSONAddress?
  public var why: String?

  enum CodingKeys: String, CodingKey { case verdict, index, level, start, end, master, process, why }

  init(_ entry: ComparedEntry, format: PagingFormat, namesVerdict: Bool = false) {
    verdict = namesVerdict ? entry.verdict.rawValue : nil
    index = entry.index
    level = "\(format.level(entry.depth).name)"
    start = JSONAddress(entry.first.rawValue)
    end = JSONAddress(exclusiveEndAfter: entry.last.rawValue)
    master = entry.master.map { JSONAddress($0) }
    process = entry.process.map { JSONAddress($0) }
    why = entry.why
  }
}
