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
  /// Why the process could not be compared: its tables changed meanwhile.
  public var changing: TableChange?

  enum CodingKeys: String, CodingKey {
    case pid, command, sharers, root, master, sharing, kernelStart, evidence, entries, same
    case deferred, stale, different, explained, unreadable, userCopy, changing
  }

  private init(_ process: ProcessTables, sharing: ProcessComparison.Sharing, by setup: KernelComparison) {
    pid = process.pid
    command = process.command
    sharers = process.sharers.isEmpty ? nil : process.sharers
    root = JSONAddress(process.root.lower.rawValue)
    master = JSONAddress(
      (setup.half.copied.isEmpty ? setup.master.upper : setup.master.lower).rawValue)
    self.sharing = sharing.rawValue
    evidence = setup.half.evidence.detail
  }

  /// A process whose tables could not be compared.
  init(_ process: ProcessTables, _ change: TableChange, by setup: KernelComparison) {
    self.init(process, sharing: setup.half.hasOwnRoot ? .separateRoots : .copies, by: setup)
    changing = change
  }

  public init(_ comparison: ProcessComparison, by setup: KernelComparison) {
    self.init(comparison.process, sharing: comparison.sharing, by: setup)
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
