import LinuxKernel
import PageTables

/// The user's copy of a root under page-table isolation.
public struct UserCopyReport: Encodable, Sendable {
  /// What comparing one part of it came to. There `master` is the kernel's side of the pair.
  public struct Part: Encodable, Sendable {
    public var entries: Int
    public var same: Int
    public var others: [ComparisonEntryReport]

    enum CodingKeys: String, CodingKey { case entries, same, others }

    init(_ comparison: TableComparison, format: PagingFormat) {
      entries = comparison.entryCount
      same = comparison.sameCount
      others = comparison.entries.map {
        ComparisonEntryReport($0, format: format, namesVerdict: true)
      }
    }
  }

  public var root: JSONAddress
  public var user: Part
  public var kernel: Part

  enum CodingKeys: String, CodingKey { case root, user, kernel }

  init(_ copy: ProcessComparison.UserCopy, format: PagingFormat) {
    root = JSONAddress(copy.root.rawValue)
    user = Part(copy.userPart, format: format)
    kernel = Part(copy.kernelPart, format: format)
  }
}
