public import PageTables

/// Roots whose kernel halves are copies of one another: the address spaces of one kernel.
public struct RootGroup: Sendable {
  /// In the order of their addresses.
  public var roots: [RootJudgement]

  /// The roots of the given kind.
  public func roots(_ kind: RootKind) -> [RootJudgement] { roots.filter { $0.kind == kind } }
}

/// What was found in one format.
public struct FormatRoots: Sendable {
  public var format: PagingFormat
  /// How many roots agree with each other: processes and master of the largest group.
  public var score: Int
  /// The kernel page table, if one table of the largest group can be it. Where the halves have roots of their
  /// own, `upper` is the table that was found.
  public var master: PhysicalAddress?
  /// Groups by kernel half, the largest first. Where processes' roots have no kernel half, they are one group.
  public var groups: [RootGroup]
  /// Virtual minus physical address of the direct map, modulo the word.
  public var directMap: Fact<UInt64>?
  public var evidence: [Evidence]

  /// The process roots of the largest group.
  public var processes: [RootJudgement] { groups.first?.roots(.process) ?? [] }
}

/// What a search of all RAM for page-table roots found.
public struct RootScanResult: Sendable {
  /// Every format that has roots, the one with the best score first.
  public var formats: [FormatRoots]
  /// Whether the best format stands apart: no other has half its score.
  public var isClear: Bool
  /// What was not looked at and why, in sentences; empty if the search is whole.
  public var gaps: [String]

  /// The format with the best score, if it stands apart.
  public var best: FormatRoots? { isClear ? formats.first : nil }
}
