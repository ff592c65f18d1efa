public import LinuxKernel
import PageTables

/// A process's tables against the kernel page table, ready to be shown: `pagewalk.comparison/1`.
public struct ComparisonReport: JSONReport, Sendable {
  public static let schema = "pagewalk.comparison/1"

  public var pid: Int
  public var command: String
  /// Further processes with the same tables.
  public var sharers: [Int]?
  public var root: JSONAddress
  public var master: JSONAddress
  /// `copies` or `separate-roots`.
  public var sharing: String
  /// Where the kernel's addresses begin that are copied, and how that is known.
  public var kernelStart: JSONAddress?
  public var evidence: String
  public var entries: Int?
  public var same: Int?
  public var deferred: [ComparisonEntryReport]?
  public var stale: [ComparisonEntryReport]?
  public var different: [ComparisonEntryReport]?
  public var explained: [ComparisonEntryReport]?
  public var unreadable: [ComparisonEntryReport]?
  public var userCopy: UserCopyReport?

  enum CodingKeys: String, CodingKey {
    case pid, command, sharers, root, master, sharing, kernelStart, evidence, entries, same
    case deferred, stale, different, explained, unreadable, userCopy
  }

  public init(_ comparison: ProcessComparison, by setup: KernelComparison) {
    pid = comparison.process.pid
    command = comparison.process.command
    sharers = comparison.process.sharers.isEmpty ? nil : comparison.process.sharers
    root = JSONAddress(comparison.process.root.lower.rawValue)
    master = JSONAddress(
      (setup.half.copied.isEmpty ? setup.master.upper : setup.master.lower).rawValue)
    sharing = comparison.sharing.rawValue
    evidence = setup.half.evidence.detail
    guard let start = setup.half.start else { return }
    kernelStart = JSONAddress(start.rawValue)
    entries = comparison.kernelPart.entryCount
    same = comparison.kernelPart.sameCount
    func list(_ verdict: ComparedEntry.Verdict) -> [ComparisonEntryReport] {
      comparison.kernelPart.entries(verdict).map { ComparisonEntryReport($0, format: setup.format) }
    }
    deferred = list(.deferred)
    stale = list(.stale)
    different = list(.different)
    explained = list(.explained)
    let unread = list(.unreadable)
    unreadable = unread.isEmpty ? nil : unread
    userCopy = comparison.userCopy.map { UserCopyReport($0, format: setup.format) }
  }
}

/// An entry that is not simply the same.
public struct ComparisonEntryReport: Encodable, Sendable {
  public var index: UInt64
  public var level: String
  public var start: JSONAddress
  /// Exclusive.
  public var end: JSONAddress
  public var master: JSONAddress?
  public var process: JSONAddress?
  public var why: String?

  enum CodingKeys: String, CodingKey { case index, level, start, end, master, process, why }

  init(_ entry: ComparedEntry, format: PagingFormat) {
    index = entry.index
    level = "\(format.level(entry.depth).name)"
    start = JSONAddress(entry.first.rawValue)
    end = JSONAddress(exclusiveEndAfter: entry.last.rawValue)
    master = entry.master.map { JSONAddress($0) }
    process = entry.process.map { JSONAddress($0) }
    why = entry.why
  }
}

/// The user's copy of a root under page-table isolation.
public struct UserCopyReport: Encodable, Sendable {
  /// What comparing one part of it came to. There `master` is the kernel's side of the pair.
  public struct Part: Encodable, Sendable {
    public var entries: Int
    public var same: Int
    public var others: [Entry]

    enum CodingKeys: String, CodingKey { case entries, same, others }
  }

  /// An entry with its verdict.
  public struct Entry: Encodable, Sendable {
    public var verdict: String
    public var entry: ComparisonEntryReport

    enum CodingKeys: String, CodingKey { case verdict, entry }
  }

  public var root: JSONAddress
  public var user: Part
  public var kernel: Part

  enum CodingKeys: String, CodingKey { case root, user, kernel }

  init(_ copy: ProcessComparison.UserCopy, format: PagingFormat) {
    func part(_ comparison: TableComparison) -> Part {
      Part(
        entries: comparison.entryCount, same: comparison.sameCount,
        others: comparison.entries.map {
          Entry(verdict: $0.verdict.rawValue, entry: ComparisonEntryReport($0, format: format))
        })
    }
    root = JSONAddress(copy.root.rawValue)
    user = part(copy.userPart)
    kernel = part(copy.kernelPart)
  }
}
