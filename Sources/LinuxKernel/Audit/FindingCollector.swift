import PageTables

/// Gathers what rules say of runs into findings: one for each contiguous range, and, of what is explained, one
/// for each process and reason.
struct FindingCollector {
  /// A finding on its way: where it begins is walked to at the end.
  struct Draft {
    var rule: AuditRuleName
    var suspicion: Suspicion
    var owner: Int
    var first: VirtualAddress
    var last: VirtualAddress
    var byteCount: UInt64
    var rangeCount = 1
    var access: Access?
    var isKernelHalf: Bool
    /// The physical address of the first byte, for places that are told by it.
    var physical: PhysicalAddress?
    var pageSizeBits: UInt8 = 0
    /// Where else the same memory or table is reached: whose, and at which address.
    var other: (owner: Int, address: VirtualAddress)?
    var furtherOwners: [Int] = []
    /// What the key says instead of a place.
    var keyDetail: String?
  }

  /// What is one finding if it is explained.
  private struct Group: Hashable {
    var rule: AuditRuleName
    var suspicion: Suspicion
    var owner: Int
    var isKernelHalf: Bool
    var access: Access?
  }

  /// What is one run of the kernel half, seen in the tables of several processes.
  private struct Run: Hashable {
    var rule: AuditRuleName
    var suspicion: Suspicion
    var first: VirtualAddress
    var last: VirtualAddress
    var physical: PhysicalAddress?
    var access: Access?
  }

  /// Findings of a rule beyond these are only counted.
  static let limit = 2048

  private(set) var drafts: [Draft] = []
  private(set) var leftOut: [AuditRuleName: Int] = [:]
  private var runs: Set<Run> = []
  private var groups: [Group: Int] = [:]
  private var counts: [AuditRuleName: Int] = [:]
  /// The last draft of each rule that another run may continue.
  private var open: [AuditRuleName: Int] = [:]

  mutating func add(_ draft: Draft) {
    if draft.isKernelHalf, draft.byteCount > 0, runs.count < Self.limit * 16 {
      // Top tables are copies: their own leaves are seen in each, and are the first's.
      let run = Run(
        rule: draft.rule, suspicion: draft.suspicion, first: draft.first, last: draft.last,
        physical: draft.physical, access: draft.access)
      guard runs.insert(run).inserted else { return }
    }
    let isExplained = draft.suspicion.explanation != nil
    let group = Group(
      rule: draft.rule, suspicion: draft.suspicion, owner: draft.owner, isKernelHalf: draft.isKernelHalf,
      access: draft.access)
    if isExplained, draft.byteCount > 0, let index = groups[group] {
      drafts[index].merge(draft)
      return
    }
    if !isExplained, let index = open[draft.rule], drafts[index].isContinued(by: draft) {
      drafts[index].merge(draft)
      return
    }
    guard counts[draft.rule, default: 0] < Self.limit else {
      leftOut[draft.rule, default: 0] += 1
      return
    }
    counts[draft.rule, default: 0] += 1
    if isExplained { groups[group] = drafts.count } else { open[draft.rule] = drafts.count }
    drafts.append(draft)
  }
}

extension FindingCollector.Draft {
  fileprivate func isContinued(by next: Self) -> Bool {
    owner == next.owner && suspicion == next.suspicion && access == next.access && byteCount > 0
      && isKernelHalf == next.isKernelHalf && last.rawValue &+ 1 == next.first.rawValue
      && keyDetail == next.keyDetail
  }

  fileprivate mutating func merge(_ next: Self) {
    if last.rawValue &+ 1 != next.first.rawValue { rangeCount += 1 }
    if next.first < first {
      first = next.first
      physical = next.physical
    }
    last = max(last, next.last)
    byteCount &+= next.byteCount
  }
}
