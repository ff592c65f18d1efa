public import PageTables

/// Which ranges a person wants to see.
public struct RangeFilter: Sendable {
  /// Rights that a range must give, as letters of `rwxu`.
  public var requiredAccess: String
  /// Rights that a range must not give.
  public var forbiddenAccess: String
  /// The page size in bytes, if only one is wanted.
  public var pageSizeBytes: UInt64?
  public var showsGaps: Bool

  public init(
    requiredAccess: String = "", forbiddenAccess: String = "", pageSizeBytes: UInt64? = nil,
    showsGaps: Bool = false
  ) {
    self.requiredAccess = requiredAccess
    self.forbiddenAccess = forbiddenAccess
    self.pageSizeBytes = pageSizeBytes
    self.showsGaps = showsGaps
  }

  public func accepts(_ range: MappedRange) -> Bool {
    guard let mapping = range.mapping else { return showsGaps || range.isSuspicious }
    let letters = mapping.access.letters
    return requiredAccess.allSatisfy(letters.contains) && !forbiddenAccess.contains(where: letters.contains)
      && (pageSizeBytes.map { $0 == 1 << UInt64(mapping.pageSizeBits) } ?? true)
  }
}

extension MappedRange {
  /// A gap that is no gap in the tables but in what is known of them: always shown, a partial answer must
  /// say that it is partial.
  public var isSuspicious: Bool {
    switch content {
    case .gap(.unreadable), .gap(.loop), .gap(.limit), .gap(.reservedBits), .gap(.invalidEntry): true
    default: false
    }
  }
}
