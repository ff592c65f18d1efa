public import PageTables

/// The roots that page tables alone show, held against the roots that tasks have.
public struct RootAccount: Sendable {
  /// Tasks' roots that are roots of processes by their tables alone, in the order of their addresses.
  public internal(set) var confirmed: [PhysicalAddress] = []
  /// Tasks' roots that are not: freed, of a process without a page, or with tables missing.
  public internal(set) var unconfirmed: [PhysicalAddress] = []
  /// Roots of processes of this kernel that no task has.
  public internal(set) var withoutTask: [RootJudgement] = []
  /// Whatever else is a root: copies for user mode, identity maps, unused ones, other kernels'.
  public internal(set) var others: [RootJudgement] = []
  /// What was not looked at and why, in sentences.
  public internal(set) var gaps: [String] = []

  /// Holds the roots of one format against those of tasks.
  ///
  /// - Parameter master: the kernel page table, which is none of the others.
  init(_ found: FormatRoots?, tasks: Set<PhysicalAddress>, master: PhysicalAddress?, gaps: [String]) {
    self.gaps = gaps
    let processes = Set(found?.groups.flatMap { $0.roots(.process) }.map(\.root) ?? [])
    confirmed = tasks.intersection(processes).sorted()
    unconfirmed = tasks.subtracting(processes).sorted()
    for (index, group) in (found?.groups ?? []).enumerated() {
      for root in group.roots where !tasks.contains(root.root) && root.root != master {
        if index == 0, root.kind == .process { withoutTask.append(root) } else { others.append(root) }
      }
    }
  }

  /// What an audit may take for roots that somebody uses or hides: no empty ones, none of other kernels.
  public var candidates: [RootJudgement] {
    withoutTask
      + others.filter {
        $0.shape.role != .upper && [.userCopy, .identityMap, .noUserPages].contains($0.kind)
      }
  }
}

extension RootJudgement {
  /// What the root is, for a person.
  public var words: String {
    switch kind {
    case .process: "a process's"
    case .master: "a kernel's own"
    case .userCopy:
      "what user mode runs on" + (kernelRoot.map { ", beside \(hexadecimal($0.rawValue))" } ?? "")
    case .identityMap: "an identity map or a trampoline"
    case .noUserPages: "an address space without a page"
    case .unused: shape.role == .upper ? "a table of the kernel's half" : "never used, or freed"
    }
  }
}
